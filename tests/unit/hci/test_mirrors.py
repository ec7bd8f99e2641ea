"""What `hci mirror status` says of two sites."""

from __future__ import annotations

from typing import Any

import pytest
from two_sites import NOW, TwoSites, volume, whole

from retailops.hci.mirror.copies import faults, limit, volumes


def said(two: TwoSites, silent: tuple[str, ...] = ()) -> list[str]:
    states = {site: {} if site in silent else state for site, state in two.sites.items()}
    return list(faults(states, NOW, limit(3)))


def test_a_copy_that_follows_is_right_and_its_age_is_that_of_its_snapshot() -> None:
    two = whole("a", "b")
    assert said(two) == []
    assert [(each.id, each.primary, each.behind) for each in volumes(two.sites, NOW)] == [
        ("machines/a", ("main",), 60.0),
        ("machines/b", ("main",), 60.0),
    ]


def test_three_minutes_and_the_copying_are_five() -> None:
    assert limit(3) == 300


@pytest.mark.parametrize(
    ("site", "change", "line"),
    [
        ("recovery", {"point": int(NOW) - 400}, "machines/a is 400 s behind at recovery; 300 are allowed"),
        ("recovery", {"point": None}, "machines/a has a copy at recovery that nobody knows the age of"),
        ("recovery", {"up": False}, "machines/a is copied by nobody at recovery: its copiers (rbd-mirror) are down"),
        (
            "recovery",
            {"state": "error", "said": "failed to open"},
            "machines/a is not being copied at recovery: error, failed to open",
        ),
        ("main", {"mirrored": False}, "machines/a is not mirrored; retailops hci mirror up"),
        (
            "main",
            volume("a", primary=False),
            "machines/a can be written nowhere; retailops hci mirror promote SITE ends a switchover that was cut off",
        ),
    ],
)
def test_what_is_wrong_with_a_volume_is_named(site: str, change: dict[str, Any], line: str) -> None:
    two = whole("a")
    two.find(site, "a").update(change)
    assert said(two) == [line]


@pytest.mark.parametrize("change", [volume("a", primary=True), {"state": "error", "said": "split-brain"}])
def test_two_histories_are_named_plainly(change: dict[str, Any]) -> None:
    two = whole("a")
    two.find("recovery", "a").update(change)
    (line,) = said(two)
    assert line.startswith("machines/a was written at both sites since they last agreed (split-brain)")


def test_what_is_wrong_with_a_site_is_named() -> None:
    two = whole("a")
    two.sites["main"]["pools"]["machines"]["schedule"] = []
    two.sites["recovery"]["pools"]["machines"]["peers"] = []
    two.sites["recovery"]["copiers"] = ["v1"]
    assert said(two) == [
        "site main: no snapshots of pool machines are scheduled; retailops hci mirror up",
        "site recovery: 1 of 2 copiers (rbd-mirror) run: v1",
        "site recovery: pool machines has not main as its peer; retailops hci mirror up",
    ]


def test_a_silent_site_is_one_line_and_the_copy_still_shows_its_age() -> None:
    two = whole("a")
    assert said(two, ("main",)) == ["site main does not answer, or its mirror is not set up"]
    assert said(two, ("recovery",)) == ["site recovery does not answer, or its mirror is not set up"]
    (one,) = volumes({"main": {}, "recovery": two.sites["recovery"]}, NOW)
    assert (one.primary, one.behind) == ((), 60.0)


def test_a_volume_without_a_copy_is_named() -> None:
    two = whole("a")
    two.sites["recovery"]["pools"]["machines"]["volumes"] = []
    assert said(two) == ["machines/a has no copy at recovery yet"]
