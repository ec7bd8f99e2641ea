"""Hyperconverged hosts in three racks: from bare to whole, a second run, a wrong disk, and the drills that take least time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hci_bench import Ground, at, bare_hosts
from lab_bench import killed_when

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Iterator[Ground]:
    """A lab with four bare hosts, of a fleet repository of its own."""
    del world
    with bare_hosts(tmp_path_factory.mktemp("hci") / "fleet", "hci.yaml") as made:
        yield made


def test_a_disk_that_holds_something_is_refused_before_any_is_touched(ground: Ground) -> None:
    ground.run("h4", "sh", "-c", "echo data | dd of=/srv/disks/LAB-H4-1 conv=notrunc status=none")
    said = ground.hci("up", code=1)
    assert "disk LAB-H4-1 is not empty, and nobody knows what it holds" in said
    assert ground.run("h4", "head", "-c", "4", "/srv/disks/LAB-H4-1") == "data"
    ground.run("h4", "sh", "-c", "dd if=/dev/zero of=/srv/disks/LAB-H4-1 bs=512 count=1 conv=notrunc status=none")


def test_the_same_command_goes_on_after_a_kill_and_the_cluster_is_whole(ground: Ground) -> None:
    killed_when(ground.argv("up"), at("Make each disk an OSD", changed=True))
    ground.hci("up")
    found = ground.answer("status")
    assert found["faults"] == []
    assert found["spread"]["racks"] == 3
    assert found["groups"]["total"] == found["groups"]["clean"] > 0
    assert sorted(osd["host"] for osd in found["osds"]) == ["h1", "h2", "h3", "h4"]


def test_a_second_run_changes_nothing(ground: Ground) -> None:
    assert ground.answer("up")["changed"] == {}
    assert {item["do"] for item in ground.answer("plan")["items"]} == {False}


def test_no_administrators_key_is_on_a_host(ground: Ground) -> None:
    """The monitors' own stores have every key of the cluster, and nothing else has."""
    search = "grep -rlE 'client[.](admin|bootstrap)' /etc /var/lib/ceph /run /root --exclude-dir=store.db || true"
    for host in ("h1", "h4"):
        assert ground.run(host, "sh", "-c", search) == "", host


SHORT, LONG = ("process", "rack", "bitrot"), ("host", "split", "nearly-full", "grow", "balance")


@pytest.mark.parametrize("name", [*SHORT, *(pytest.param(name, marks=pytest.mark.long) for name in LONG)])
def test_a_drill_loses_nothing(ground: Ground, name: str) -> None:
    """What it counts is held to its limits; times are not, since nobody knows how busy this computer is."""
    (ran,) = ground.answer("drill", name, "--yes")["runs"]
    flow = ran["flow"]
    assert (flow["failed"], flow["lost"], flow["wrong"]) == (0, 0, 0)
    assert flow["written"] > 100
    counted = [figure for figure in ran["figures"] if not figure["unit"]]
    assert [each for each in counted if each["most"] is not None and each["value"] > each["most"]] == []
    assert [each for each in counted if each["least"] is not None and each["value"] < each["least"]] == []
