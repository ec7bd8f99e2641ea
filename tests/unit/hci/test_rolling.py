"""Rolling on a cluster of memory: the order, the gates, and a death before each single call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fake_cluster import FakeCluster, Killed, daemons

from retailops.errors import GateNotMet, ToolError
from retailops.hci.changes.rolling import BACK, Rolled, Rolling
from retailops.hci.changes.turns import Turn, turns


class Clock:
    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


def roll(cluster: FakeCluster, lines: list[str] | None = None) -> Rolled:
    said = [] if lines is None else lines
    return Rolling(cluster, Clock(), said.append).run(lambda daemon: bool(daemon.behind))


WHOLE = [
    *("restart mon.h1", "restart mon.h3", "restart mon.h5"),
    *("restart mgr.h3", "restart mgr.h5", "restart mgr.h1"),
    *("keep r1", "restart osd.0", "restart osd.1", "release r1"),
    *("keep r2", "restart osd.2", "restart osd.3", "release r2"),
    *("keep r3", "restart osd.4", "restart osd.5", "release r3"),
]


def test_monitors_then_managers_with_the_active_one_last_then_disks_rack_by_rack() -> None:
    cluster, lines = FakeCluster(daemons()), list[str]()
    rolled = roll(cluster, lines)
    assert cluster.log == WHOLE
    assert (len(rolled.restarted), rolled.turns) == (12, 9)
    assert [line for line in lines if line.startswith("turn")][-1] == "turn 9 of 9: 2 disks of rack r3"


def test_what_is_up_to_date_is_left_alone() -> None:
    cluster = FakeCluster(daemons(()))
    assert roll(cluster).turns == 0
    assert cluster.log == []


def test_only_what_is_behind_is_restarted() -> None:
    fresh = daemons(())
    cluster = FakeCluster((*fresh[1:], daemons()[0]))
    assert roll(cluster).restarted == ("osd.0",)


def test_nothing_begins_on_a_cluster_that_is_not_whole() -> None:
    cluster = FakeCluster(daemons())
    cluster.wrong = ["1 osds down"]
    with pytest.raises(GateNotMet, match="is not whole, so monitor of h1 is not restarted") as error:
        roll(cluster)
    assert (error.value.details, cluster.log) == ("1 osds down", [])


def test_what_passes_by_itself_is_waited_for_before_a_turn() -> None:
    cluster, lines = FakeCluster(daemons()), list[str]()
    cluster.back = {"osd.5": 4}
    assert roll(cluster, lines).turns == 9
    assert lines[:2] == ["waiting: osd.5 is down", "turn 1 of 9: monitor of h1"]


def test_a_turn_that_does_not_come_back_stops_the_roll_and_takes_noout_back() -> None:
    cluster = FakeCluster(tuple(each for each in daemons() if each.kind == "osd"), slow=10_000)
    with pytest.raises(ToolError, match=f"2 disks of rack r1: not back after {BACK:.0f} s; nothing further") as error:
        roll(cluster)
    assert error.value.details == "osd.0, osd.1 not back yet"
    assert cluster.log == WHOLE[6:10]


def test_a_daemon_that_does_not_start_stops_the_roll_at_once_with_its_last_words() -> None:
    cluster = FakeCluster(daemons())
    cluster.broken = {"mon.h3": "expected plugin version 16.2.16"}
    with pytest.raises(ToolError, match=r"mon\.h3 on h3 does not start; nothing further was restarted") as error:
        roll(cluster)
    assert error.value.details == "expected plugin version 16.2.16"
    assert cluster.log == WHOLE[:2]


def test_disks_that_data_hangs_on_are_not_stopped() -> None:
    cluster = FakeCluster(tuple(each for each in daemons() if each.kind == "osd"))
    cluster.unsafe = ("3",)
    with pytest.raises(GateNotMet, match="may not stop now"):
        roll(cluster)
    assert cluster.log == [*WHOLE[6:10], "keep r2", "release r2"]


def test_killed_before_any_call_the_same_command_goes_on_and_nothing_is_forgotten() -> None:
    """The fake itself refuses two racks at once, disks without noout, and a second monitor while one is down."""
    calls = 0
    while True:
        cluster = FakeCluster(daemons(), alive=calls)
        try:
            roll(cluster)
        except Killed:
            cluster.alive = None
            for _ in range(cluster.slow):
                cluster.daemons()
            roll(cluster)
        else:
            break
        calls += 1
        restarts = [line for line in cluster.log if line.startswith("restart")]
        assert len(set(restarts)) == 12, (calls, cluster.log)
        assert cluster.rack == "", (calls, cluster.log)
        assert roll(cluster).turns == 0
    assert calls > 50


def test_a_cluster_that_is_still_down_after_a_kill_is_waited_for_by_the_next_gate() -> None:
    cluster = FakeCluster(daemons(), slow=10_000)
    cluster.back = {"osd.0": 10_000}
    cluster.rack = "r1"
    lines = list[str]()
    with pytest.raises(GateNotMet):
        roll(cluster, lines)
    assert lines == ["rack r1: noout, left by a roll that was cut off, is taken back", "waiting: osd.0 is down"]
    assert cluster.log == ["release r1"]


def test_hosts_are_prepared_before_their_daemons_stop() -> None:
    cluster = FakeCluster(daemons(("packages",)))
    rolling = Rolling(cluster, Clock(), lambda _line: None, lambda turn: cluster.log.append(f"prepare {turn.hosts}"))
    rolling.run(lambda _daemon: True)
    assert cluster.log[:2] == ["prepare ('h1',)", "restart mon.h1"]
    assert cluster.log[-5:] == ["keep r3", "prepare ('h5', 'h6')", "restart osd.4", "restart osd.5", "release r3"]


def test_who_copies_to_another_site_comes_last_one_by_one() -> None:
    copiers = [replace(each, kind="rbd-mirror") for each in daemons() if each.name in ("mon.h1", "mon.h3")]
    found = [turn.what for turn in turns((*copiers, *daemons()), "h1")]
    assert found[-3:] == ["2 disks of rack r3", "copier of h1", "copier of h3"]


def test_turns_of_nothing() -> None:
    assert list[Turn](turns((), "h1")) == []
