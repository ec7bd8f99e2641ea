"""An upgrade of a cluster of memory: the order, what forbids it, and a death before each single call."""

from __future__ import annotations

import pytest
from fake_cluster import FakeCluster, Killed, daemons
from test_rolling import Clock

from retailops.errors import GateNotMet
from retailops.hci.changes.rolling import Rolled
from retailops.hci.changes.upgrading import Upgrading

NEXT = "17.2.7-1"


def cluster(newest: str = NEXT, alive: int | None = None) -> FakeCluster:
    found = FakeCluster(daemons(()), alive=alive)
    found.newest = newest
    return found


def upgrade(found: FakeCluster) -> Rolled:
    return Upgrading(found, found, Clock(), lambda _line: None).run()


def test_a_hosts_packages_come_in_its_turn_and_older_disks_are_refused_when_all_run_the_new_release() -> None:
    found = cluster()
    assert upgrade(found).turns == 9
    assert found.log[:6] == [
        *("install h1", "restart mon.h1"),
        *("install h3", "restart mon.h3"),
        *("install h5", "restart mon.h5"),
    ]
    assert found.log[6:9] == ["restart mgr.h3", "restart mgr.h5", "restart mgr.h1"]
    assert found.log[9:14] == ["keep r1", "install h2", "restart osd.0", "restart osd.1", "release r1"]
    assert found.log[-1] == "require quincy"
    assert {each.version for each in found.all.values()} == {"17.2.7"}


def test_nothing_newer_changes_nothing() -> None:
    found = cluster("16.2.15-1")
    assert upgrade(found).turns == 0
    assert found.log == []


def test_a_new_build_of_the_same_version_is_brought_in_too() -> None:
    found = cluster("16.2.15-2")
    assert upgrade(found).turns == 9
    assert found.log[-1] == "release r3"


def test_a_cluster_that_is_not_whole_gets_no_package() -> None:
    found = cluster()
    found.wrong = ["1 osds down"]
    with pytest.raises(GateNotMet, match="not whole"):
        upgrade(found)
    assert found.log == []


def test_versions_that_forbid_it_are_named_before_anything_is_touched() -> None:
    found = cluster("19.2.0-1")
    with pytest.raises(GateNotMet, match="this upgrade is refused") as error:
        upgrade(found)
    assert "19.2.0 is too far" in str(error.value.details)
    assert found.log == []


def test_a_host_without_daemons_comes_last() -> None:
    found = cluster()
    found.hosts["h9"] = "16.2.15-1"
    upgrade(found)
    assert found.log[-2:] == ["install h9", "require quincy"]


def test_killed_before_any_call_the_same_command_goes_on() -> None:
    calls = 0
    while True:
        found = cluster(alive=calls)
        try:
            upgrade(found)
        except Killed:
            found.alive = None
            for _ in range(found.slow):
                found.daemons()
            upgrade(found)
        else:
            break
        assert ({each.version for each in found.all.values()}, found.rack, found.required) == ({"17.2.7"}, "", "quincy")
        assert upgrade(found).turns == 0
        calls += 1
    assert calls > 60
