"""SIGKILL anywhere in `fleet rollout run`: the next run goes on, and nothing is brought up twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ci_chain import Chain, Run

from retailops.twin.faults import VARIABLE

STORES = ("cd0001", "hz0001")


def go(root: Path, die_at: str) -> subprocess.CompletedProcess[str]:
    words = ["--fleet", str(root), "--simulate", "fleet", "rollout", "run"]
    return subprocess.run(
        [sys.executable, "-m", "retailops", *words],
        env={**os.environ, VARIABLE: die_at},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(("first_call", "after"), [(1, ""), (2, "+")])
def test_killed_at_any_outside_call_the_next_run_goes_on(
    chain: Path, run: Run, tmp_path: Path, first_call: int, after: str
) -> None:
    ops = Chain(chain, run)
    ops.roll()
    ops.release()
    killed = 0
    for call in range(first_call, 30, 2):
        root = Path(shutil.copytree(ops.root, tmp_path / f"at{call}"))
        first = go(root, f"{call}{after}")
        if first.returncode == 0:
            break
        killed += 1
        assert first.returncode == -signal.SIGKILL, first.stderr
        second = go(root, "0")
        assert second.returncode == 0, second.stderr
        assert "(SIMULATED)" in second.stdout
        there = Chain(root, run)
        assert [there.status(store) for store in STORES] == [("applied", True)] * 2
        said = first.stdout + second.stdout
        assert [said.count(f"stack {store} is up") <= 1 for store in STORES] == [True, True]
        shutil.rmtree(root)
    assert killed >= 3
