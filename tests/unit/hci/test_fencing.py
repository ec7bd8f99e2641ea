"""Two proofs: whatever is missing, no machine is started elsewhere, and a line says what is missing and what to do."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from fleets import hci, hosts

from retailops.hci.machines.fencing import Lost, Verdict, judge, lost_hosts, wrong
from retailops.model.hosts import Hci


def controlled() -> Hci:
    documents = hosts({"r1": 1, "r2": 1, "r3": 2}, disks=1)
    for n, each in enumerate(documents, 1):
        each["controller"] = {"address": f"10.8.8.{100 + n}", "user": "fencer", "password": f"vault:hci#h{n}"}
    return hci({"r1": 1, "r2": 1, "r3": 2}, disks=1, hosts=documents)


HOSTS = controlled()
ONLINE = {"online": True, "unclean": False}
UNCLEAN = {"online": False, "unclean": True}


def state(**more: Any) -> dict[str, Any]:
    found = {
        "runs": True,
        "quorum": True,
        "hosts": {host.id: ONLINE for host in HOSTS.hosts},
        "resources": {"till-hub": {"on": ["h01"], "failed": False}, "mail": {"on": ["h02"], "failed": False}},
        "devices": {},
        "cut_off": [],
        "marked": [],
        "power": {},
    }
    return found | more


def lost(power: str, cut_off: bool = False, why: str = "") -> dict[str, Any]:
    """What is said when h01 is gone."""
    return state(
        hosts={**{host.id: ONLINE for host in HOSTS.hosts}, "h01": UNCLEAN},
        power={"h01": {"state": power, "why": why}},
        cut_off=["10.8.0.1"] if cut_off else [],
    )


@pytest.mark.parametrize(("power", "cut_off"), list(product(("on", "off", "unknown"), (False, True))))
def test_only_both_proofs_let_machines_start_elsewhere(power: Any, cut_off: bool) -> None:
    verdict = judge(Lost("h01", power, cut_off))
    assert (verdict.outcome == "starting") is (power == "off" and cut_off)
    assert bool(verdict.missing and verdict.todo) is (verdict.outcome == "waits")


def test_a_host_that_is_no_longer_held_is_released_whatever_its_controller_says() -> None:
    assert judge(Lost("h01", "unknown", False, held=False)) == Verdict("h01", "released")


def test_all_is_well() -> None:
    assert list(wrong(HOSTS, state())) == []
    assert list(wrong(hci({"r1": 1, "r2": 1, "r3": 2}), {})) == []


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            lost("unknown", why="its controller 10.8.8.101 gave no answer in 15 s"),
            "h01 is lost, and till-hub can't be started elsewhere: nobody can say that its power is off: its controller "
            "10.8.8.101 gave no answer in 15 s. Go and see that it is off, then: retailops hci confirm-off h01",
        ),
        (
            lost("on", cut_off=True),
            "h01 is lost, and till-hub can't be started elsewhere: its controller says that its power is on. Pull its power.",
        ),
        (
            lost("off"),
            "h01 is lost, and till-hub can't be started elsewhere: the storage cluster has not cut its address off. "
            "Mend the storage cluster first; Pacemaker then goes on by itself.",
        ),
        (lost("off", cut_off=True), "h01 is lost, both proofs are there: its machines start elsewhere within a minute"),
        (
            {**lost("off", cut_off=True), "hosts": {**state()["hosts"], "h01": {"online": False, "unclean": False}}},
            "h01 is lost, and safely gone: its machines may run elsewhere; power it on when it is mended",
        ),
        (
            state(quorum=False),
            "the members of the cluster have no majority: no machine is started elsewhere; bring hosts back",
        ),
        (
            state(devices={"power-h02": "Timed Out"}),
            "the controller of h02 does not answer as it should (Timed Out); were a host lost now, its machines would wait for a person",
        ),
        (
            state(devices={"volumes": "error"}),
            "cutting hosts off from storage fails (error); were a host lost now, its machines would wait for a person",
        ),
        (
            state(marked=["h02"]),
            "h02 was taken for dead while it ran; storage has cut it off, and it carries no machine until you reboot it",
        ),
        (
            state(cut_off=["10.8.0.2"]),
            "h02 was taken for dead while it ran; storage has cut it off, and it carries no machine until you reboot it",
        ),
        ({}, "no host tells of the cluster that starts machines elsewhere: retailops hci up"),
    ],
)
def test_each_fault_has_one_line_that_says_what_to_do(said: dict[str, Any], line: str) -> None:
    assert list(wrong(HOSTS, said)) == [line]


def test_a_member_that_nobody_knows_is_lost_and_not_forgotten() -> None:
    """A host that was never online since the others' start is in no one's list."""
    known = {host.id: ONLINE for host in HOSTS.hosts if host.id != "h03"}
    (found,) = lost_hosts(HOSTS, state(hosts=known))
    assert (found.host, found.power, found.held) == ("h03", "unknown", True)
