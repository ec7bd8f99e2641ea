"""`retailops hci plan` as a person types it; what needs hosts is in the lab's tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


def test_sizing_needs_no_lab_and_says_what_a_loss_leaves(run: Run) -> None:
    done = run("hci", "plan", "--sizing-only")
    assert done.exit_code == 0, done.output
    assert "6 hosts in 3 racks, 6 disks\n" in done.output
    assert "rack r1" in done.output
    assert "no: no place for every copy; serves with fewer" in done.output


def test_as_json(run: Run) -> None:
    found = json.loads(run("hci", "plan", "--sizing-only", "-o", "json").stdout)
    assert (found["rawGib"], found["strandedGib"], found["items"]) == (36, 0, [])
    assert len([loss for loss in found["losses"] if loss["kind"] == "host"]) == 6


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("replicas: 3", "replicas: 4", "3 racks with disks can't hold 4 copies in different racks"),
        ("rack: serves", "rack: heals", "without rack r1 no place is left for every copy, so nothing heals"),
        ("machinesGib: 16", "machinesGib: 60", "without host h1 27 GiB are left for machines, which take 60"),
    ],
)
def test_a_promise_that_cannot_be_held_ends_with_6(run: Run, chain: Path, old: str, new: str, line: str) -> None:
    fleet = chain / "fleet.yaml"
    before, hci, after = fleet.read_text("utf-8").partition("\nhci:\n")
    assert after.count(old) == 1
    fleet.write_text(before + hci + after.replace(old, new), "utf-8")
    done = run("hci", "plan", "--sizing-only")
    assert done.exit_code == 6
    assert line in done.stderr


def test_a_fleet_without_hosts_says_how_to_describe_them(run: Run, chain: Path) -> None:
    fleet = chain / "fleet.yaml"
    fleet.write_text(fleet.read_text("utf-8").partition("\nhci:\n")[0] + "\n", "utf-8")
    done = run("hci", "plan")
    assert done.exit_code == 3
    assert "fleet.yaml describes no hosts under hci" in done.stderr
