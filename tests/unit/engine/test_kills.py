"""`kill -9` at every journal write, file and provider call of one `up` that creates, updates, replaces and deletes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from engine_bench import Bench, ops

from retailops.engine.state.backend import Backend

CANARY = "canary-4711-never-in-clear"
BEFORE = 'Thing("kept", {"n": 1})\nThing("changed", {"n": 1})\nThing("moved", {"fixed": 1})\nThing("gone", {"n": 1})'
AFTER = f"""
kept = Thing("kept", {{"n": 1}})
Thing("changed", {{"n": 2}})
Thing("moved", {{"fixed": 2}})
Thing("new", {{"word": pulumi.Output.secret("{CANARY}"), "of": kept.size}})
pulumi.export("word", pulumi.Output.secret("{CANARY}"))
"""
POINTS = 67
FEW = range(2, POINTS, 9)


def run(bench: Bench, at: int) -> subprocess.CompletedProcess[str]:
    script = Path(__file__).with_name("killed_engine.py")
    return subprocess.run(
        [sys.executable, script, bench.folder],
        env={**os.environ, "KILL_AT": str(at)},
        capture_output=True,
        text=True,
        check=False,
    )


def nothing_in_clear(bench: Bench) -> None:
    for path in (bench.folder / "state").rglob("*"):
        assert not path.is_file() or CANARY not in path.read_text("utf-8", "replace"), path
    assert CANARY not in "\n".join(bench.lines)


def killed(bench: Bench, at: int) -> None:
    bench.up(BEFORE)
    bench.write(AFTER)
    done = run(bench, at)
    assert done.returncode == -9, done.stderr
    backend = Backend(str(bench.folder / "state"))
    backend.load("proj", "dev")
    nothing_in_clear(bench)
    open_journal = backend.own("proj", "dev", "journal").exists()
    locked = bool(backend.locks("proj", "dev"))
    assert locked or not open_journal, "the official CLI would not see that an update was cut off"
    bench.preview()
    bench.up()
    nothing_in_clear(bench)
    assert sorted(bench.world.things) == ["changed", "kept", "moved", "new"]
    assert bench.world.things["changed"]["n"] == bench.world.things["moved"]["fixed"] == 2
    assert ops(bench.up()) == {}
    made = {item["urn"].rsplit("::", 1)[-1] for item in state(bench) if item["type"] == "fake:index:Thing"}
    assert made == set(bench.world.things)
    assert not backend.own("proj", "dev", "journal").exists()
    assert not backend.locks("proj", "dev")


def state(bench: Bench) -> list[dict[str, str]]:
    latest = json.loads(bench.state_file.read_text())["checkpoint"]["latest"]
    assert "pending_operations" not in latest
    return list(latest["resources"])


def test_the_points_are_all_of_them(bench: Bench) -> None:
    bench.up(BEFORE)
    bench.write(AFTER)
    passed = json.loads(run(bench, 0).stdout)
    assert len(passed) == POINTS
    assert {"before create", "after update", "after delete", "inside the journal", "after a file"} <= set(passed)


@pytest.mark.parametrize("at", FEW)
def test_killed_at_a_few_points(bench: Bench, at: int) -> None:
    killed(bench, at)


@pytest.mark.long
@pytest.mark.parametrize("at", [at for at in range(1, POINTS + 1) if at not in FEW])
def test_killed_at_every_other_point(bench: Bench, at: int) -> None:
    killed(bench, at)
