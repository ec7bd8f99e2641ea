"""Hyperconverged hosts in three racks: from bare to whole, a second run, a wrong disk, and the drills that take least time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_bench import Bench

from retailops import lab as labs
from retailops.lab import record
from retailops.model import load_fleet

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Iterator[Bench]:
    """A lab with four bare hosts, of a fleet repository of its own."""
    del world
    root = tmp_path_factory.mktemp("hci") / "fleet"
    subprocess.run([sys.executable, "-m", "retailops", "init", str(root)], check=True, capture_output=True)
    text = (root / "fleet.yaml").read_text("utf-8")
    before, _, _ = text.partition("\nhci:\n")
    ours = (Path(__file__).parent / "hci.yaml").read_text("utf-8")
    (root / "fleet.yaml").write_text(f"{before}\n{ours}", "utf-8")
    name = record.default_id(root)
    try:
        labs.up(name, root, (), print, labs.hci_specs(load_fleet(root).hci))
        yield Bench(labs.Lab.find(name), root)
    finally:
        labs.down(name, print)


def hci(ground: Bench, *words: str, code: int = 0) -> str:
    command = [sys.executable, "-m", "retailops", "--fleet", str(ground.fleet), "hci", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def answer(ground: Bench, *words: str) -> Any:
    command = [sys.executable, "-m", "retailops", "--fleet", str(ground.fleet), "hci", *words, "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, stdin=subprocess.DEVNULL, check=False)
    return json.loads(done.stdout)


def test_a_disk_that_holds_something_is_refused_before_any_is_touched(ground: Bench) -> None:
    ground.run("h4", "sh", "-c", "echo data | dd of=/srv/disks/LAB-H4-1 conv=notrunc status=none")
    said = hci(ground, "up", code=1)
    assert "disk LAB-H4-1 is not empty, and nobody knows what it holds" in said
    assert ground.run("h4", "head", "-c", "4", "/srv/disks/LAB-H4-1") == "data"
    ground.run("h4", "sh", "-c", "dd if=/dev/zero of=/srv/disks/LAB-H4-1 bs=512 count=1 conv=notrunc status=none")


def test_the_same_command_goes_on_and_the_cluster_is_whole(ground: Bench) -> None:
    hci(ground, "up")
    found = answer(ground, "status")
    assert found["faults"] == []
    assert found["spread"]["racks"] == 3
    assert found["groups"]["total"] == found["groups"]["clean"] > 0
    assert sorted(osd["host"] for osd in found["osds"]) == ["h1", "h2", "h3", "h4"]


def test_a_second_run_changes_nothing(ground: Bench) -> None:
    assert answer(ground, "up")["changed"] == {}
    assert {item["do"] for item in answer(ground, "plan")["items"]} == {False}


def test_no_administrators_key_is_on_a_host(ground: Bench) -> None:
    """The monitors' own stores have every key of the cluster, and nothing else has."""
    search = "grep -rlE 'client[.](admin|bootstrap)' /etc /var/lib/ceph /run /root --exclude-dir=store.db || true"
    for host in ("h1", "h4"):
        assert ground.run(host, "sh", "-c", search) == "", host


@pytest.mark.parametrize("name", ["process", "rack"])
def test_a_drill_loses_nothing(ground: Bench, name: str) -> None:
    (ran,) = answer(ground, "drill", name, "--yes")["runs"]
    flow = ran["flow"]
    assert (flow["failed"], flow["lost"], flow["wrong"]) == (0, 0, 0)
    assert flow["written"] > 100
