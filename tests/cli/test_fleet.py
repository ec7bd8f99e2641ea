"""`retailops fleet`: pause, resume, status."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
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


def test_a_store_with_nothing_to_change_has_its_revision_too(chain: Path) -> None:
    assert onboard(chain).returncode == 0
    kept = chain / ".retailops/simulated/revisions.sqlite"
    for path in kept.parent.glob("revisions.sqlite*"):
        path.unlink()
    again = onboard(chain)
    assert again.returncode == 0, again.stderr
    found = SqliteRevisions(kept).of("edge", "hz0001")
    assert found
    assert (found.status, found.wanted) == ("applied", found.applied)
    assert onboard(chain).returncode == 0
    assert SqliteRevisions(kept).of("edge", "hz0001") == found


def test_status_names_what_is_late(run: Run, chain: Path) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    revisions = SqliteRevisions(chain / ".retailops/simulated/revisions.sqlite")
    revisions.put(Revision("edge", "hz0001", "b", "a", "deferred", at, "no answer", at))
    revisions.put(Revision("edge", "bj0001", "b", "b", "applied", at))
    shown = run("--simulate", "fleet", "status")
    assert shown.exit_code == 0
    assert "1 applied, 1 deferred" in shown.output
    row = r"edge/hz0001  deferred  2026-01-01 00:00  \d+d LATE  no answer\n"
    assert re.search(row, shown.output)
    late = run("--simulate", "fleet", "status", "--check")
    assert late.exit_code == 6
    assert "1 stacks have not been reached for more than 7d: edge/hz0001" in late.stderr
    borne = run("--simulate", "fleet", "status", "--check", "--days", "36500")
    assert (borne.exit_code, "LATE" in borne.output) == (0, False)
    assert json.loads(run("--simulate", "fleet", "status", "-o", "json").stdout)["counts"] == {
        "applied": 1,
        "deferred": 1,
    }


def test_how_old_is_late_is_said_by_the_fleet(run: Run, chain: Path) -> None:
    revisions = SqliteRevisions(chain / ".retailops/simulated/revisions.sqlite")
    two_days_ago = datetime.now(UTC) - timedelta(days=2)
    revisions.put(Revision("edge", "hz0001", "b", "a", "pending", datetime.now(UTC), "", two_days_ago))
    assert run("--simulate", "fleet", "status", "--check").exit_code == 0
    text = (chain / "fleet.yaml").read_text()
    (chain / "fleet.yaml").write_text(text.replace("deferredAlarm: 7d", "deferredAlarm: 36h"))
    late = run("--simulate", "fleet", "status", "--check")
    assert late.exit_code == 6
    assert "1 stacks have not been reached for more than 36h: edge/hz0001" in late.stderr
    assert "edge/hz0001  pending" in late.output


def test_the_whole_fleet_stops_where_there_is_no_lab_and_no_world_to_act_on(run: Run) -> None:
    assert run("fleet", "pause", "--reason", "盘点").output.startswith("paused by ")
    assert ": 盘点\n" in run("fleet", "status").output
    assert run("fleet", "resume").output.startswith("resumed; it was paused by ")
