"""Deleting a pool: what two people sign, all that forbids it, and a death before each command to the cluster."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fake_cluster import Killed
from fleets import hci
from test_rolling import Clock

from retailops.errors import GateNotMet, UsageError
from retailops.hci.changes import pool_deletion
from retailops.hci.changes.pool_deletion import Request
from retailops.hci.standing import Standing
from retailops.ports import Host, Reading, Signature

HOSTS = hci({"r1": 2, "r2": 2, "r3": 2}, disks=1)
LI, WANG = Signature("li@lanxing", "SHA256:li"), Signature("wang@lanxing", "SHA256:wang")


class Ceph:
    """A prober with a cluster of memory behind it; it dies when `alive` commands are given."""

    def __init__(self, alive: int | None = None) -> None:
        self.alive = alive
        self.keys: dict[str, str] = {}
        self.pools = {"old": 7, "machines": 2}
        self.stored, self.guarded, self.allowed = 5000, True, False
        self.clients = {"client.old", "client.machines"}

    def read(self, _host: Host, reading: Reading) -> dict[str, Any]:
        if reading.name == "ceph_state":
            pools = {name: {"number": number, "stored": self.stored} for name, number in self.pools.items()}
            return {"made": True, "pools": pools, "deleting": self.keys.get("retailops/deleting", "")}
        if self.alive is not None:
            self.alive -= 1
            if self.alive < 0:
                raise Killed
        words = reading.args["argv"]
        self.obey(words[words.index("--connect-timeout") + 2 :])
        return {"code": 0, "stdout": "", "stderr": ""}

    def obey(self, words: list[str]) -> None:
        match words:
            case ["config-key", "set", key, value]:
                self.keys[key] = value
            case ["config-key", "rm", key]:
                self.keys.pop(key)
            case ["osd", "pool", "set", "old", "nodelete", value]:
                assert "old" in self.pools
                self.guarded = value == "true"
            case ["tell", "mon.*", "config", "set", "mon_allow_pool_delete", value]:
                self.allowed = value == "true"
            case ["osd", "pool", "delete", "old", "old", "--yes-i-really-really-mean-it"]:
                assert self.allowed
                assert not self.guarded
                del self.pools["old"]
            case ["auth", "rm", "client.old"]:
                self.clients.discard("client.old")
            case _:
                raise AssertionError(words)


def standing(ceph: Ceph, clock: Clock | None = None) -> Standing:
    hosts = {host.id: Host(host.id, "hci", f"198.18.0.{n}") for n, host in enumerate(HOSTS.hosts)}
    ground = SimpleNamespace(hosts=lambda: hosts)
    ports = SimpleNamespace(world="lab", prober=ceph, clock=clock or Clock(), ground=ground)
    return Standing(HOSTS, "lanxing", cast(Any, ports))


def asked(ceph: Ceph) -> Request:
    return pool_deletion.request(standing(ceph), "old", "moved to machines")


def delete(ceph: Ceph, request: Request | None = None, *signed: Signature, clock: Clock | None = None) -> list[str]:
    lines = list[str]()
    pool_deletion.delete(standing(ceph, clock), request or asked(ceph), signed or (LI, WANG), lines.append)
    return lines


def test_two_people_delete_a_pool_and_the_protection_is_back() -> None:
    ceph = Ceph()
    assert delete(ceph) == ["the pool old is gone; li@lanxing and wang@lanxing signed for it"]
    assert (ceph.pools, ceph.allowed, ceph.keys) == ({"machines": 2}, False, {})
    assert ceph.clients == {"client.machines"}


def test_what_is_signed_names_this_pool_alone_and_ends() -> None:
    request = asked(Ceph())
    assert (request.pool, request.number, request.stored) == ("old", 7, 5000)
    assert (request.at, request.until) == ("2026-01-01T00:00:00+00:00", "2026-01-03T00:00:00+00:00")
    assert pool_deletion.read(request.content()) == request


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"pool": "old"}', asked(Ceph()).content() + b" "])
def test_anything_but_a_request_is_refused(content: bytes) -> None:
    with pytest.raises(UsageError, match="this is no request of ours to delete a pool"):
        pool_deletion.read(content)


@pytest.mark.parametrize(
    ("signed", "line"),
    [
        ((LI,), "is signed by li@lanxing"),
        ((LI, LI), "is signed by li@lanxing"),
        ((LI, Signature("wang@lanxing", LI.fingerprint)), "is signed by li@lanxing, wang@lanxing"),
        ((LI, Signature("li@lanxing", "SHA256:second")), "is signed by li@lanxing"),
    ],
)
def test_one_person_alone_is_refused(signed: tuple[Signature, ...], line: str) -> None:
    ceph = Ceph()
    with pytest.raises(GateNotMet, match="the pool old is not deleted") as error:
        delete(ceph, None, *signed)
    assert error.value.details == f"it needs two people with a key each, and {line}"
    assert "old" in ceph.pools


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"cluster": "another"}, "it was made for another cluster"),
        ({"number": 6}, "the pool old that it names is not there any more"),
        ({"pool": "gone"}, "the pool gone that it names is not there any more"),
        ({"stored": 0}, None),
        ({"until": "2025-12-31T00:00:00+00:00"}, "it was valid until 2025-12-31T00:00:00+00:00"),
        ({"what": "greet"}, "it asks for something else: greet"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(changed: dict[str, Any], line: str | None) -> None:
    ceph = Ceph()
    request = replace(asked(ceph), **changed)
    if line is None:
        delete(ceph, request)
        return
    with pytest.raises(GateNotMet) as error:
        delete(ceph, request)
    assert error.value.details == line
    assert (ceph.guarded, ceph.allowed) == (True, False)


def test_a_pool_of_fleet_yaml_is_refused() -> None:
    ceph = Ceph()
    with pytest.raises(GateNotMet) as error:
        delete(ceph, pool_deletion.request(standing(ceph), "machines", "a mistake"))
    assert error.value.details == "fleet.yaml still describes the pool machines, and hci up would make it again"


def test_a_pool_that_somebody_still_writes_to_is_refused() -> None:
    ceph = Ceph()
    request = asked(ceph)
    ceph.stored += 3 << 20
    with pytest.raises(GateNotMet) as error:
        delete(ceph, request)
    assert error.value.details == "the pool holds 3,145,728 bytes more than when it was asked for: somebody uses it"


def test_an_old_request_is_refused() -> None:
    ceph, clock = Ceph(), Clock()
    request = asked(ceph)
    clock.sleep(timedelta(hours=49).total_seconds())
    with pytest.raises(GateNotMet, match="is not deleted"):
        delete(ceph, request, clock=clock)


def test_killed_before_any_command_the_next_hci_up_puts_the_protection_back() -> None:
    for alive in range(20):
        ceph = Ceph()
        request = asked(ceph)
        ceph.alive = alive
        try:
            delete(ceph, request)
        except Killed:
            ceph.alive = None
            pool_deletion.guard(standing(ceph))
            assert ("old" not in ceph.pools or ceph.guarded, ceph.allowed, ceph.keys) == (True, False, {})
            assert ("client.old" in ceph.clients) == ("old" in ceph.pools)
            assert pool_deletion.guard(standing(ceph)) == ""
        else:
            assert alive == 7
            return
    raise AssertionError("never done")
