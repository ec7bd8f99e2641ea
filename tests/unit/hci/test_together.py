"""A person's word: when it is taken, and that storage cuts a host off before Pacemaker counts it as gone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from test_fencing import HOSTS, lost, state

from retailops.errors import GateNotMet, RetailopsError, ToolError, Unreachable, UsageError
from retailops.hci.machines.carried import carried
from retailops.hci.machines.placement import place
from retailops.hci.machines.together import cluster, confirm_off, refuse_word
from retailops.hci.standing import Standing
from retailops.model.hosts import Hci
from retailops.ports import Host, Reading


class Prober:
    """Members by name -> what they say of the cluster; None for one that is silent. `fails` is a program that ends with 1."""

    def __init__(self, said: dict[str, dict[str, Any] | None], fails: str = "") -> None:
        self.said, self.fails = said, fails
        self.done: list[tuple[str, ...]] = []

    def read(self, host: Host, reading: Reading) -> dict[str, Any]:
        if reading.name == "pacemaker_state":
            found = self.said[host.name]
            if found is None:
                raise Unreachable(f"{host.name} is silent")
            return found
        argv = cast("list[str]", reading.args["argv"])
        self.done.append((host.name, *argv))
        bad = bool(self.fails) and self.fails in argv[0]
        return {"code": int(bad), "stdout": "", "stderr": "no answer" if bad else ""}


def standing(prober: Prober, hosts: Hci = HOSTS) -> Standing:
    there = {host.id: Host(host.id, "hci", f"198.18.0.{n}") for n, host in enumerate(hosts.hosts)}
    ground = SimpleNamespace(hosts=lambda: there, stands_in=())
    ports = SimpleNamespace(world="lab", prober=prober, ground=ground)
    return Standing(hosts, "lanxing", cast(Any, ports))


def everybody(said: dict[str, Any] | None, **others: dict[str, Any] | None) -> Prober:
    return Prober({**{host.id: said for host in HOSTS.hosts}, **others})


def quiet(_line: str) -> None:
    """Nobody listens."""


def test_who_has_a_majority_is_believed_before_who_answers_first() -> None:
    cut_away = state(quorum=False, hosts={"h01": {"online": True, "unclean": False}})
    assert cluster(standing(everybody(state(), h01=cut_away)))["told_by"] == "h02"
    assert cluster(standing(everybody(None, h03=cut_away)))["told_by"] == "h03"
    assert cluster(standing(everybody(None))) == cluster(standing(everybody({"runs": False}))) == {}


@pytest.mark.parametrize(
    ("name", "said", "error"),
    [
        ("h09", state(), "h09 is no member"),
        ("h01", {}, "have no majority"),
        ("h01", lost("unknown") | {"quorum": False}, "have no majority"),
        ("h02", lost("unknown"), "h02 is online"),
        ("h01", lost("on"), "says that its power is on"),
        (
            "h01",
            lost("off") | {"hosts": {**state()["hosts"], "h01": {"online": False, "unclean": False}}},
            "safely gone",
        ),
    ],
)
def test_a_word_that_cannot_be_right_is_refused(name: str, said: dict[str, Any], error: str) -> None:
    with pytest.raises(RetailopsError, match=error) as raised:
        refuse_word(standing(everybody(said)), name, said)
    assert isinstance(raised.value, GateNotMet | UsageError)


def test_storage_cuts_the_host_off_before_it_counts_as_gone() -> None:
    prober = everybody(lost("unknown"), h01=None)
    here = standing(prober)
    confirm_off(here, refuse_word(here, "h01", cluster(here)), "Li Wei", quiet)
    assert [(host, argv[0].rpartition("/")[2], argv[-1]) for host, *argv in prober.done] == [
        ("h02", "fence_retailops_volumes", "machines"),
        ("h02", "logger", "Li Wei has seen that the power of h01 is off"),
        ("h02", "stonith_admin", "h01"),
    ]
    assert "10.8.0.1" in prober.done[0]


def test_without_storages_proof_the_word_changes_nothing() -> None:
    prober = everybody(lost("unknown"), h01=None)
    prober.fails = "fence_retailops_volumes"
    here = standing(prober)
    with pytest.raises(ToolError, match="fence_retailops_volumes failed on h02") as raised:
        confirm_off(here, HOSTS.hosts[0], "Li Wei", quiet)
    assert raised.value.details == "no answer"
    assert len(prober.done) == 1


def test_the_cluster_carries_each_machine_where_it_belongs() -> None:
    machine = {"vcpus": 1, "memoryMib": 1024, "diskGib": 4, "zone": "z", "image": "i", "pool": "machines"}
    document = HOSTS.model_dump(by_alias=True) | {
        "zones": [{"id": "z", "interface": "trunk0", "prefix": "10.9.0.0/24"}],
        "images": [{"id": "i", "file": "i.raw", "sha256": "0" * 64}],
        "machines": [{"id": "volumes", "address": "10.9.0.11", "priority": 9, **machine}],
    }
    described = Hci.model_validate(document)
    (found,) = carried(described)
    assert found.then == place(described, [found.on], {"volumes": found.on}).host["volumes"] != found.on
    assert (found.id, found.agent, found.priority) == ("machine-volumes", "ocf:heartbeat:VirtualDomain", 9)
    assert found.on in {host.id for host in HOSTS.hosts}
    assert found.parameters["config"] == "/etc/retailops/machines/volumes.xml"
