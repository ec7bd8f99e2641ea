"""`retailops fleet`: pause, resume, status."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from click.testing import Result

from retailops.drivers.revisions import SqliteRevisions
from retailops.ports import Revision

Run = Callable[..., Result]


def onboard(chain: Path) -> subprocess.CompletedProcess[str]:
    """In a process of its own: it starts threads, and other tests fork."""
    words = ["--fleet", str(chain), "--simulate", "store", "onboard", "hz0001", "--yes"]
    return subprocess.run(
        [sys.executable, "-m", "retailops", *words], capture_output=True, text=True, timeout=120, check=False
    )


def test_pause_stops_an_onboarding_and_it_goes_on_after_resume(run: Run, chain: Path) -> None:
    paused = run("--simulate", "fleet", "pause", "--reason", "停电")
    assert paused.exit_code == 0, paused.output
    assert "paused by " in paused.output
    stopped = onboard(chain)
    assert stopped.returncode == 130, stopped.stdout
    assert "Error: the fleet is paused by " in stopped.stderr
    assert ": 停电\n" in stopped.stderr
    assert "What to do: After `retailops fleet resume`" in stopped.stderr
    again = run("--simulate", "fleet", "pause")
    assert again.output.startswith("was paused already: paused by ")
    assert run("--simulate", "fleet", "resume").output.startswith("resumed; it was paused by ")
    assert run("--simulate", "fleet", "resume").output == "the fleet was not paused\n"
    opened = onboard(chain)
    assert opened.returncode == 0, opened.stderr
    assert run("--simulate", "fleet", "status").output == "not paused\n1 applied\n"


def test_status_names_what_is_late(run: Run, chain: Path) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    revisions = SqliteRevisions(chain / ".retailops/simulated/revisions.sqlite")
    revisions.put(Revision("edge", "hz0001", "b", "a", "deferred", at, "no answer", at))
    revisions.put(Revision("edge", "bj0001", "b", "b", "applied", at))
    shown = run("--simulate", "fleet", "status")
    assert shown.exit_code == 0
    assert "1 applied, 1 deferred" in shown.output
    assert "edge/hz0001  deferred  2026-01-01 00:00  no answer" in shown.output
    late = run("--simulate", "fleet", "status", "--check")
    assert late.exit_code == 6
    assert "1 stacks have not been reached for more than 7 days: edge/hz0001" in late.stderr
    assert json.loads(run("--simulate", "fleet", "status", "-o", "json").stdout)["counts"] == {
        "applied": 1,
        "deferred": 1,
    }


def test_the_whole_fleet_stops_where_there_is_no_lab_and_no_world_to_act_on(run: Run) -> None:
    assert run("fleet", "pause", "--reason", "盘点").output.startswith("paused by ")
    assert ": 盘点\n" in run("fleet", "status").output
    assert run("fleet", "resume").output.startswith("resumed; it was paused by ")
