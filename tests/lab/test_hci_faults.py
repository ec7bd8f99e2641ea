"""Hyperconverged hosts whose disks vanish and are swapped, that leave in pieces and come back with old news."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hci_bench import Ground, bare_hosts
from lab_bench import killed_when

pytestmark = [pytest.mark.lab, pytest.mark.long, pytest.mark.timeout(1800)]

GONE = "disk LAB-H4-1 is gone from h4 (slot bay1, rack r4)"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Iterator[Ground]:
    del world
    with bare_hosts(tmp_path_factory.mktemp("hci") / "fleet", "hci_faults.yaml") as made:
        made.hci("up")
        yield made


def test_a_disk_that_vanishes_is_named_and_nothing_is_touched_until_it_is_back(ground: Ground) -> None:
    (number,) = [osd["id"] for osd in ground.answer("status")["osds"] if osd["host"] == "h4"]
    pull = f"mv /srv/disks/LAB-H4-1 /srv/pulled; systemctl kill --signal=KILL ceph-osd@{number}; sleep 15"
    ground.run("h4", "sh", "-c", pull)
    assert f"osd.{number}: {GONE}; docs/runbooks/disk-fails.en.md" in ground.answer("status")["faults"]
    assert f"Error: {GONE}; nothing was touched" in ground.hci("up", code=6)
    ground.run("h4", "mv", "/srv/pulled", "/srv/disks/LAB-H4-1")
    assert ground.answer("up")["changed"] == {"h4": ["Run the OSDs"]}
    assert ground.answer("status")["faults"] == []


def test_two_serial_numbers_swapped_in_fleet_yaml_are_told_both(ground: Ground) -> None:
    ground.describe("bay1: LAB-H3-1", "bay1: LAB-H0-1")
    ground.describe("bay1: LAB-H4-1", "bay1: LAB-H3-1")
    ground.describe("bay1: LAB-H0-1", "bay1: LAB-H4-1")
    said = ground.hci("up", code=6)
    assert (
        "disk LAB-H4-1 is in h4, and fleet.yaml has it in h3 (slot bay1, rack r3), and 1 more; nothing was touched"
        in said
    )
    assert "disk LAB-H3-1 is in h3, and fleet.yaml has it in h4 (slot bay1, rack r4)" in said
    ground.describe("bay1: LAB-H4-1", "bay1: LAB-H0-1")
    ground.describe("bay1: LAB-H3-1", "bay1: LAB-H4-1")
    ground.describe("bay1: LAB-H0-1", "bay1: LAB-H3-1")


def test_a_host_that_was_off_while_its_monitor_moved_comes_back_with_an_old_map_and_divides_nobody(
    ground: Ground,
) -> None:
    ground.faults.power_off("h3")
    _give_monitor(ground, "h3", "h4")
    assert "h3 can't be reached over SSH; the other hosts are as fleet.yaml says" in ground.hci("up", code=5)
    assert ground.answer("status")["quorum"] == ["h1", "h2", "h4"]
    ground.faults.power_on("h3")
    ground.hci("up")
    found = ground.answer("status")
    assert (found["quorum"], found["faults"]) == (["h1", "h2", "h4"], [])
    assert ground.run("h3", "systemctl", "is-active", "ceph-mon@h3", check=False).strip() == "inactive"
    _give_monitor(ground, "h4", "h3")
    ground.hci("up")
    found = ground.answer("status")
    assert (found["quorum"], found["faults"]) == (["h1", "h2", "h3"], [])


def _give_monitor(ground: Ground, one: str, other: str) -> None:
    """In fleet.yaml."""
    rest = "number: 1{0}, rack: r{0}, model: small, roles: "
    for host, before, after in ((one, "[monitor, storage]", "[storage]"), (other, "[storage]", "[monitor, storage]")):
        line = rest.format(host.removeprefix("h"))
        ground.describe(line + before, line + after)


def test_an_add_that_was_killed_goes_on_and_the_host_has_its_copies(ground: Ground) -> None:
    ground.hci("drain", "h4", "--yes")
    killed_when(ground.argv("add", "h4"), lambda line: line.startswith("step 1:"))
    assert ground.answer("add", "h4")["steps"] > 0
    assert ground.answer("add", "h4")["steps"] == 0
    assert ground.answer("status")["faults"] == []


def test_a_drain_that_was_killed_goes_on_and_the_disk_is_neither_used_nor_wiped(ground: Ground) -> None:
    killed_when(ground.argv("drain", "h4", "--remove", "--yes"), lambda line: line.startswith("step 1:"))
    (number,) = ground.answer("drain", "h4", "--remove", "--yes")["removed"]
    assert number not in {osd["id"] for osd in ground.answer("status")["osds"]}
    assert "disk LAB-H4-1 was taken out of the cluster and still carries its copies" in ground.hci("up", code=1)


def test_a_replace_that_was_killed_goes_on_and_the_new_disk_is_in(ground: Ground) -> None:
    ground.describe("LAB-H4-1", "LAB-H4-2")
    ground.run("h4", "truncate", "-s", "6G", "/srv/disks/LAB-H4-2")
    killed_when(ground.argv("replace", "--yes"), lambda line: line.startswith("step 1:"))
    ground.hci("replace", "--yes")
    found = ground.answer("status")
    assert found["faults"] == []
    assert [osd["host"] for osd in found["osds"] if osd["weight"] > 0.005] == [osd["host"] for osd in found["osds"]]
    assert "h4" in {osd["host"] for osd in found["osds"]}
