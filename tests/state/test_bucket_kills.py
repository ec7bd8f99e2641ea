"""`kill -9` in the middle of an `up` whose state is in a bucket; the next run goes on, also that of another machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from engine_bench import Bench, ops
from s3_server import Rig
from test_kills import AFTER, BEFORE, CANARY

from retailops.engine.state.backend import Backend

POINTS = 95
"""At least so many: steps that end together share a write of the journal."""
FEW = range(5, POINTS, 18)


def _run(bench: Bench, rig: Rig, at: int) -> subprocess.CompletedProcess[str]:
    script = Path(__file__).parents[1] / "unit" / "engine" / "killed_engine.py"
    return subprocess.run(
        [sys.executable, script, bench.folder],
        env={**os.environ, "KILL_AT": str(at), "STATE": rig.url},
        capture_output=True,
        text=True,
        check=False,
    )


def _killed(bench: Bench, rig: Rig, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    bench.up(BEFORE, state=rig.url)
    bench.write(AFTER)
    done = _run(bench, rig, at)
    assert done.returncode == -9, done.stderr
    backend = Backend(rig.url)
    if at % 2:
        for key in backend.locks("proj", "dev"):
            backend.objects.remove(key)
        monkeypatch.setenv("XDG_STATE_HOME", str(bench.folder / "another machine"))
    bench.preview(state=rig.url)
    bench.up(state=rig.url)
    assert sorted(bench.world.things) == ["changed", "kept", "moved", "new"]
    assert bench.world.things["changed"]["n"] == bench.world.things["moved"]["fixed"] == 2
    assert ops(bench.up(state=rig.url)) == {}
    backend = Backend(rig.url)
    everything = [backend.objects.read(key) or b"" for key in backend.objects.names("", deep=True)]
    assert CANARY.encode() not in b"".join(everything)
    latest = json.loads(backend.objects.read("stacks/proj/dev.json") or b"")["checkpoint"]["latest"]
    assert "pending_operations" not in latest
    made = {item["urn"].rsplit("::", 1)[-1] for item in latest["resources"] if item["type"] == "fake:index:Thing"}
    assert made == set(bench.world.things)
    assert not backend.cut_off("proj", "dev")
    assert backend.locks("proj", "dev") == []
    assert backend.objects.names("retailops/proj/dev.") == []


def test_the_points_are_nearly_all_of_them(bench: Bench, rig: Rig) -> None:
    bench.up(BEFORE, state=rig.url)
    bench.write(AFTER)
    passed = json.loads(_run(bench, rig, 0).stdout)
    assert len(passed) >= POINTS
    assert {"after an object create", "before an object write", "after an object remove"} <= set(passed)


@pytest.mark.parametrize("at", FEW)
def test_killed_at_a_few_points(bench: Bench, rig: Rig, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    _killed(bench, rig, monkeypatch, at)


@pytest.mark.long
@pytest.mark.parametrize("at", [at for at in range(1, POINTS + 1) if at not in FEW])
def test_killed_at_every_other_point(bench: Bench, rig: Rig, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    _killed(bench, rig, monkeypatch, at)
