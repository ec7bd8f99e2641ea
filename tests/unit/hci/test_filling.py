"""How full disks are, how evenly, and when they will be full."""

from __future__ import annotations

from typing import Any

import pytest

from retailops.hci.status.evenness import astray, over_mean
from retailops.hci.status.filling import DAY, days_left, fullest


def osd(rack: str, used: int, groups: int, weight: float = 1.0) -> dict[str, Any]:
    return {"rack": rack, "used": used, "size": 100, "groups": groups, "weight": weight}


def state(*osds: dict[str, Any]) -> dict[str, Any]:
    return {"osds": list(osds)}


def test_the_fullest_disk_stops_the_writes() -> None:
    assert fullest(state(osd("r1", 20, 1), osd("r1", 40, 1), {**osd("r2", 0, 0), "size": 0})) == 0.4
    assert over_mean(state(osd("r1", 20, 1), osd("r1", 40, 1))) == pytest.approx(4 / 3)
    assert over_mean(state(osd("r1", 0, 0))) == 1.0


def test_a_disks_share_goes_by_weight_within_its_rack() -> None:
    assert astray(state(osd("r1", 0, 30), osd("r1", 0, 34), osd("r2", 0, 64))) == 2.0
    assert astray(state(osd("r1", 0, 20), osd("r1", 0, 40, weight=2.0))) == 0.0
    assert astray(state(osd("r1", 0, 0, weight=0.0))) == 0.0


def test_days_until_full_by_the_pace_so_far() -> None:
    samples = [(day * DAY, 0.50 + day * 0.01) for day in range(11)]
    assert days_left(samples, 0.95) == pytest.approx(35)


def test_what_is_long_ago_does_not_count() -> None:
    samples = [(0.0, 0.1), *((day * DAY, 0.50 + day * 0.001) for day in range(30, 41))]
    assert days_left(samples, 0.95) == pytest.approx(410)


@pytest.mark.parametrize(
    "samples",
    [[], [(0.0, 0.5)], [(0.0, 0.5), (3000.0, 0.6)], [(0.0, 0.6), (DAY, 0.5)], [(0.0, 0.5), (DAY, 0.5)]],
    ids=["none", "one", "too short", "shrinking", "standing still"],
)
def test_nothing_is_said_that_nobody_knows(samples: list[tuple[float, float]]) -> None:
    assert days_left(samples, 0.95) is None


def test_disks_beyond_the_ratio_are_full_now() -> None:
    assert days_left([(0.0, 0.5), (DAY, 0.97)], 0.95) == 0.0
