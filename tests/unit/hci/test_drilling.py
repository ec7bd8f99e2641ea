"""Drills with hosts, faults and a clock of memory: what is broken is mended, whatever happens in between."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from clock_of_memory import Clock
from fleets import hci

from retailops.errors import GateNotMet, RetailopsError, ToolError, UsageError
from retailops.hci.drills.catalogue import DRILLS, find
from retailops.hci.drills.drill import Stage
from retailops.hci.drills.drill import cast as cast_of
from retailops.hci.drills.drilling import run
from retailops.hci.drills.ran import Figure, nothing_lost
from retailops.hci.drills.reports import document
from retailops.hci.standing import Standing
from retailops.hci.status.health import faults
from retailops.ports import Host, Reading
from retailops.render.drill_report import page, plot

HOSTS = hci({"r1": 2, "r2": 2, "r3": 2}, disks=1)
FLOW = {
    "start": 0.0,
    "written": 900,
    "failed": 0,
    "lost": 0,
    "wrong": 0,
    "worst": 8.4,
    "worst_at": 5.0,
    "median": 0.004,
}


class Faults:
    def __init__(self, broken: bool = False) -> None:
        self.log: list[str] = []
        self.broken = broken

    def unplug(self, rack: str) -> None:
        self.log.append(f"unplug {rack}")
        if self.broken:
            raise ToolError("no such cable")

    def replug(self, rack: str) -> None:
        self.log.append(f"replug {rack}")

    def split(self, one: tuple[str, ...], other: tuple[str, ...]) -> None:
        self.log.append(f"split {one} {other}")

    def join(self) -> None:
        self.log.append("join")


def state(**more: Any) -> dict[str, Any]:
    osds = [{"id": n, "host": host.id, "rack": host.rack, "up": True, "in": True} for n, host in enumerate(HOSTS.hosts)]
    whole = {"made": True, "health": "HEALTH_OK", "checks": {}, "osds": osds, "groups": {"total": 8, "clean": 8}}
    return {**whole, "version": "ceph version 16.2.15 (x) pacific (stable)", **more}


class Prober:
    """Answers with `states` one after the other, the last one for ever; keeps what else it was asked."""

    def __init__(self, *states: dict[str, Any], flow: dict[str, Any] | None = None) -> None:
        self.states, self.flow = (
            list(states) or [state()],
            {**FLOW, "p99": 0.02, "points": [[0.0, 0.004], [5.0, 8.4]], **(flow or {})},
        )
        self.asked: list[tuple[str, str]] = []
        self.commands: list[list[str]] = []

    def read(self, host: Host, reading: Reading) -> dict[str, Any]:
        if reading.name == "ceph_state":
            return self.states.pop(0) if len(self.states) > 1 else self.states[0]
        self.asked.append((host.name, reading.name))
        if reading.name == "command":
            self.commands.append(reading.args["argv"][-2:])
        return self.flow


def standing(prober: Prober, faults: Faults | None) -> Standing:
    hosts = {host.id: Host(host.id, "hci", f"198.18.0.{n}") for n, host in enumerate(HOSTS.hosts)}
    ground = SimpleNamespace(hosts=lambda: hosts, stands_in=("disks: files",))
    ports = SimpleNamespace(world="lab", prober=prober, faults=faults, clock=Clock(), ground=ground)
    return Standing(HOSTS, "lanxing", cast(Any, ports))


def quiet(_line: str) -> None:
    """Nobody listens."""


def test_a_rack_is_unplugged_and_plugged_in_while_another_racks_monitor_writes() -> None:
    prober, faults = Prober(), Faults()
    ran = run(standing(prober, faults), find("rack"), None, quiet)
    assert faults.log == ["unplug r1", "replug r1"]
    assert sorted(prober.asked) == [("h05", "command"), ("h05", "volume_writer")]
    assert (ran.victim, ran.rack, ran.broke, ran.mended, ran.healthy) == ("h01", "r1", 5.0, 25.0, 0.0)
    assert ran.wrong == ()


def test_the_fault_is_taken_back_when_giving_it_failed() -> None:
    faults = Faults(broken=True)
    with pytest.raises(ToolError, match="no such cable"):
        run(standing(Prober(), faults), find("rack"), "r2", quiet)
    assert faults.log == ["unplug r2", "replug r2"]


def test_a_cluster_that_is_not_whole_is_not_drilled() -> None:
    faults = Faults()
    with pytest.raises(GateNotMet, match="is not whole") as error:
        run(standing(Prober(state(checks={"OSD_DOWN": "1 osds down"})), faults), find("rack"), None, quiet)
    assert (error.value.details, faults.log) == ("1 osds down", [])


def test_a_world_without_faults_says_so() -> None:
    with pytest.raises(RetailopsError, match="drills are for a lab"):
        run(standing(Prober(), None), find("rack"), None, quiet)


def test_what_ceph_says_of_the_last_quarter_of_an_hour_is_not_waited_for() -> None:
    slow = state(checks={"OSD_SLOW_PING_TIME_BACK": "Slow OSD heartbeats on back (longest 5245.175ms)"})
    assert run(standing(Prober(slow), Faults()), find("rack"), None, quiet).healthy == 0.0
    assert faults(slow) == ["Slow OSD heartbeats on back (longest 5245.175ms)"]


def test_healing_is_waited_for() -> None:
    ran = run(
        standing(Prober(state(), state(), state(groups={"total": 8, "clean": 5}), state()), Faults()),
        find("split"),
        None,
        quiet,
    )
    assert ran.healthy == 2.0


@pytest.mark.parametrize(
    ("flow", "line"),
    [
        ({"worst": 21.5}, "a write waited 21.5 s; 20 are allowed"),
        ({"failed": 3}, "3 writes failed"),
        ({"lost": 1}, "1 acknowledged writes are lost"),
        ({"wrong": 2}, "2 read otherwise"),
    ],
)
def test_what_must_not_happen_is_said(flow: dict[str, Any], line: str) -> None:
    here = standing(Prober(flow=flow), Faults())
    ran = run(here, find("rack"), None, quiet)
    assert ran.wrong == (line,)
    found = document(here, find("rack"), [ran])
    assert found["wrong"] == [line]
    assert "did not hold" in page(found)


def test_an_unknown_drill_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no drill 'rak'; did you mean rack"):
        find("rak")


def test_an_unknown_rack_is_refused() -> None:
    with pytest.raises(UsageError, match="no host with disks stands in rack r9"):
        cast_of(HOSTS, "r9")


def test_the_plot_has_a_bar_for_each_point_and_the_faults_band() -> None:
    ran = run(standing(Prober(), Faults()), find("rack"), None, quiet)
    drawn = plot(ran.to_json())
    assert drawn.bars.count("M") == 2
    assert drawn.band[0] < drawn.band[0] + drawn.band[1]
    assert "held" in page(document(standing(Prober(), Faults()), find("rack"), [ran]))


def test_a_figure_is_held_to_its_limits() -> None:
    assert Figure("p99", 2.5, " ×", most=2).wrong == "p99: 2.5 ×; 2 × are allowed"
    assert Figure("equal", 0, least=1).wrong == "equal: 0; 1 are wanted"
    assert Figure("p99", 2, " ×", most=2, least=1).wrong == ""


def test_what_a_drill_measures_itself_is_in_the_report_and_judged() -> None:
    def measure(_stage: Stage, flow: Any) -> list[Figure]:
        return [Figure("written", flow["written"], least=1000)]

    own = replace(find("rack"), measure=measure)
    ran = run(standing(Prober(), Faults()), own, None, quiet)
    found = document(standing(Prober(), Faults()), own, [ran])
    assert found["wrong"] == ["written: 900; 1000 are wanted"]
    assert [(each["lowest"], each["held"]) for each in found["figures"]] == [(900, False)]
    assert "≥ 1000" in page(found)


def test_what_stands_in_for_a_fault_is_in_the_report() -> None:
    here = standing(Prober(), Faults())
    own = replace(find("rack"), stands_in="a rack: its cable")
    assert document(here, own, [run(here, own, None, quiet)])["standsIn"] == ["disks: files", "a rack: its cable"]


def test_a_drill_that_stops_writes_on_purpose_has_no_limit() -> None:
    own = replace(find("rack"), worst=None, judge=nothing_lost)
    ran = run(standing(Prober(flow={"worst": 99.0, "failed": 7}), Faults()), own, None, quiet)
    found = document(standing(Prober(), Faults()), own, [ran])
    assert (ran.wrong, found["limit"]) == ((), None)
    assert "stopped on purpose" in page(found)


def test_the_median_counts_from_ten_runs_on() -> None:
    here = standing(Prober(flow={"worst": 15.0}), Faults())
    ran = run(here, find("rack"), None, quiet)
    assert document(here, find("rack"), [ran] * 9)["wrong"] == []
    assert document(here, find("rack"), [ran] * 10)["wrong"] == [
        "the median of 10 worst waits is 15.0 s; 12 are allowed"
    ]


def test_the_writer_is_told_when_the_fault_was() -> None:
    prober = Prober()
    run(standing(prober, Faults()), find("rack"), None, quiet)
    assert prober.commands == [["[5.0, 25.0]", "/run/retailops-drill.stop"]]


def test_the_writer_ends_though_the_cluster_never_heals() -> None:
    prober = Prober(state(), state(), state(groups={"total": 8, "clean": 5}))
    with pytest.raises(ToolError, match="not whole after"):
        run(standing(prober, Faults()), find("rack"), None, quiet)
    assert prober.commands == [["[5.0, 25.0]", "/run/retailops-drill.stop"]]


def test_every_drill_has_a_name_of_its_own() -> None:
    assert len({each.name for each in DRILLS}) == len(DRILLS)
