"""A flow through a cut, from what each probe prints to what the plot shows."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from retailops.onboarding.flow import MOST_POINTS, Flow, flows_of, thin
from retailops.ports import Evidence
from retailops.render.flow_plot import duration, plot


def flows(payload: dict[str, Any]) -> list[Flow]:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    given = Evidence("hz0001", "wan", 1, "G6", "failover", "probe", True, "us", at, None, "d", payload, "lab")
    return list(flows_of(given))


def test_round_trips_with_losses() -> None:
    samples = [[0, 2.0], [5, 2.1], [10, None], [15, None], [20, 2.2], [25, None], [30, 2.0]]
    (flow,) = flows({"line": "a", "samples": samples, "cut_ms": 8, "healed_ms": 28})
    assert (flow.shape, flow.label, flow.seen, flow.lost) == ("ping", "a", 7, 3)
    assert (flow.gap, flow.gap_from) == (15.0, 5.0)
    assert (flow.cut, flow.healed) == (8.0, 28.0)


def test_a_flow_that_never_comes_back_counts_to_its_end() -> None:
    (flow,) = flows({"samples": [[0, 1.0], [5, None], [900, None]]})
    assert (flow.gap, flow.gap_from) == (900.0, 0.0)


def test_waits_of_one_connection_line_by_line() -> None:
    one = {"asked": 4, "answered": 3, "worst": 0.8, "worst_at": 1.9, "series": [[0.1, 0.02], [1.9, 0.7], [2.0, 0.02]]}
    found = flows({"most_seconds": 2.0, "lines": {"a": one, "b": {**one, "worst": 0.3, "worst_at": 1.5}}})
    assert [(flow.label, flow.gap, flow.gap_from) for flow in found] == [("a", 800.0, 1100.0), ("b", 300.0, 1200.0)]
    assert {(flow.shape, flow.seen, flow.lost, flow.limit) for flow in found} == {("gaps", 4, 1, 2000.0)}


def test_shares_of_fifty_milliseconds() -> None:
    bins = [[0.0, 10, 10], [0.05, 10, 4], [0.1, 10, 0], [0.15, 10, 10]]
    (flow,) = flows({"line": "a", "bins": bins, "gap": 0.08, "cut_at": 0.07, "healed_at": 0.14})
    assert flow.points == ((0.0, 100.0), (50.0, 40.0), (100.0, None), (150.0, 100.0))
    assert (flow.gap, flow.gap_from, flow.seen, flow.lost) == (80.0, 50.0, 40, 16)
    assert (flow.label, flow.cut, flow.healed) == ("a", 70.0, 140.0)


@pytest.mark.parametrize(
    "payload", [{}, {"series": []}, {"series": "x"}, {"samples": [[1, 2]]}, {"bins": [[1, 2], [2, 3]]}]
)
def test_no_series_is_no_flow(payload: dict[str, Any]) -> None:
    assert flows(payload) == []


def test_thinning_keeps_the_slowest_and_a_loss_of_all() -> None:
    points = [(float(n), None if 4000 <= n < 4100 else 50.0 if n == 777 else 2.0) for n in range(7200)]
    kept = thin(points)
    assert len(kept) == MOST_POINTS
    assert (777.0, 50.0) in kept
    assert sum(value is None for _, value in kept) >= 4


@pytest.mark.parametrize("shape", ["ping", "gaps", "share"])
def test_a_plot_stays_on_its_sheet(shape: str) -> None:
    points = ((0.0, 1.0), (500.0, None), (1000.0, 99.0))
    flow = Flow("G6", "failover", "a", shape, points, 3, 1, 1000.0, 0.0, cut=-5.0, healed=1500.0, limit=2000.0)
    drawn = plot(asdict(flow))
    left, width = drawn.gap
    assert 38 <= left <= left + width <= 352.5
    assert all(38 <= x <= 352 for x, _ in drawn.marks)
    assert all(26 <= tick.at <= 142 for tick in drawn.up)
    assert drawn.losses.count("M") == 1


def test_durations_as_people_say_them() -> None:
    assert [duration(value) for value in (0, 812.4, 1000, 2345)] == ["0 ms", "812 ms", "1.00 s", "2.35 s"]
