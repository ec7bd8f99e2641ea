"""Which versions of Ceph may run together, and what an upgrade refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_cluster import daemons

from retailops.hci.changes.turns import Daemon
from retailops.hci.changes.versions import Packages, mixed, refusals, upstream

NOW, NEXT = "16.2.15+ds-0+deb12u2", "16.2.16+ds-1"


def packages(installed: str, candidate: str) -> Packages:
    return Packages({"ceph-osd": installed}, {"ceph-osd": candidate})


def run_by(version: str, *names: str) -> tuple[Daemon, ...]:
    return tuple(replace(each, version=version) if each.name in names else each for each in daemons())


@pytest.mark.parametrize(
    ("version", "means"),
    [(NOW, "16.2.15"), ("16.2.15", "16.2.15"), ("1:17.2.7-0", "17.2.7"), ("17.2.7-1~bpo", "17.2.7"), ("", "")],
)
def test_a_packages_version_and_a_daemons_are_compared_by_what_ceph_calls_them(version: str, means: str) -> None:
    assert upstream(version) == means


def test_newer_is_what_the_sources_would_change() -> None:
    assert packages(NOW, NEXT).newer == {"ceph-osd": NEXT}
    assert packages(NOW, NOW).newer == {}


def test_one_version_is_no_mix() -> None:
    assert mixed({"mon": {"16.2.15": 3}, "osd": {"16.2.15": 4}, "mgr": {}}) == []


def test_a_mix_is_named_with_who_runs_what() -> None:
    assert mixed({"mon": {"16.2.15": 2, "16.2.16": 1}, "osd": {"16.2.15": 4}}) == [
        "2 versions of Ceph run together (16.2.15: 2 monitors, 4 disks; 16.2.16: 1 monitor); retailops hci upgrade goes on"
    ]


@pytest.mark.parametrize(
    ("found", "running", "line"),
    [
        ({"h1": packages(NOW, NEXT), "h2": packages(NOW, NEXT)}, daemons(), None),
        ({"h1": packages(NEXT, NEXT), "h2": packages(NOW, NEXT)}, run_by("16.2.16", "mon.h1"), None),
        (
            {"h1": packages(NOW, NEXT), "h2": packages(NOW, NOW)},
            daemons(),
            f"the hosts' sources give different versions: {NEXT} on h1; {NOW} on h2",
        ),
        (
            {"h1": packages(NOW, NEXT)},
            run_by("16.2.14", "osd.3"),
            "3 versions would run together, and two are allowed (16.2.14: osd.3; ",
        ),
        (
            {"h1": packages(NOW, "19.2.0-1")},
            run_by("16.2.15"),
            "mon.h5 run 16.2.15; from there 19.2.0 is too far: at most 2 releases at once",
        ),
        ({"h1": packages(NOW, "15.2.9-1")}, daemons(), "from there 15.2.9 is too far"),
    ],
)
def test_what_forbids_an_upgrade(found: dict[str, Packages], running: tuple[Daemon, ...], line: str | None) -> None:
    said = list(refusals(found, running))
    assert (len(said), line in said[0] if line and said else None) == ((1, True) if line else (0, None))
