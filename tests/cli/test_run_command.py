"""`retailops run`: exact output, exit codes, and what reading leaves alone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from retailops.cli import main
from retailops.drivers.clock import SystemClock
from retailops.drivers.journal import SqliteJournal
from retailops.drivers.locks import FileLocks
from retailops.ports import Event

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    root = tmp_path / "fleet"
    made = CliRunner().invoke(main, ["init", str(root)])
    assert made.exit_code == 0, made.output
    return root


def locks(fleet: Path) -> FileLocks:
    return FileLocks(fleet / ".retailops" / "locks", SystemClock())


def write(fleet: Path, run: str, *events: tuple[Any, str, str]) -> None:
    journal = SqliteJournal(fleet / ".retailops" / "journal.sqlite", locks(fleet).held)
    for number, (what, step, text) in enumerate(events):
        journal.add(Event(run, AT + timedelta(seconds=number), what, step, text))


def ask(fleet: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--fleet", str(fleet), "run", *words])


FAILED = (
    ("run_started", "", "f" * 64),
    ("step_started", "wan.hub:hub1", ""),
    ("step_done", "wan.hub:hub1", ""),
    ("step_started", "wan.store:gw1", ""),
    ("step_failed", "wan.store:gw1", "gw1 can't be reached"),
    ("run_failed", "", "gw1 can't be reached"),
)
CUT_OFF = FAILED[:4]


def test_nothing_yet(fleet: Path) -> None:
    result = ask(fleet, "list")
    assert (result.output, result.exit_code) == ("No runs yet.\n", 0)
    assert not (fleet / ".retailops").exists()


def test_list_show_and_events(fleet: Path) -> None:
    write(fleet, "hz0001/wan/1", *FAILED)
    write(fleet, "hz0001/wan/2", *CUT_OFF)
    assert ask(fleet, "list").output == (
        "run           status       started (UTC)        ended (UTC)          last step\n"
        "hz0001/wan/2  interrupted  2026-11-22 08:00:00                       wan.store:gw1\n"
        "hz0001/wan/1  failed       2026-11-22 08:00:00  2026-11-22 08:00:05  wan.store:gw1\n"
    )
    assert ask(fleet, "show", "hz0001/wan/1").output == (
        "hz0001/wan/1: failed, plan ffffffffffff, started 2026-11-22 08:00:00 UTC\n"
        "step           status  seconds\n"
        "wan.hub:hub1   done    1.0\n"
        "wan.store:gw1  failed  1.0\n"
        "wan.store:gw1: gw1 can't be reached\n"
    )
    assert ask(fleet, "events", "hz0001").output.splitlines()[-1] == "2026-11-22 08:00:03 step_started wan.store:gw1"
    document = json.loads(ask(fleet, "show", "hz0001", "--output", "json").stdout)
    assert (document["run"], document["status"], document["steps"][1]["seconds"]) == (
        "hz0001/wan/2",
        "interrupted",
        None,
    )
    assert [each["run"] for each in json.loads(ask(fleet, "list", "--status", "failed", "-o", "json").stdout)] == [
        "hz0001/wan/1"
    ]


def test_an_unknown_run_is_named(fleet: Path) -> None:
    result = ask(fleet, "show", "nope")
    assert result.exit_code == 1
    assert result.stderr == "Error: there is no run nope\nWhat to do: See those there are: retailops run list\n"


def test_cancel_asks_and_is_remembered(fleet: Path) -> None:
    write(fleet, "hz0001/wan/1", *CUT_OFF)
    assert ask(fleet, "cancel", "hz0001/wan/1").exit_code == 2
    result = ask(fleet, "cancel", "hz0001/wan/1", "--yes")
    assert (result.output, result.exit_code) == ("hz0001/wan/1 is cancelled.\n", 0)
    assert "cancelled" in ask(fleet, "list").output
    assert ask(fleet, "cancel", "hz0001/wan/1", "--yes").exit_code == 2


def test_a_running_run_is_left_alone(fleet: Path) -> None:
    write(fleet, "hz0001/wan/1", *CUT_OFF)
    held = locks(fleet).take("hz0001", "store onboard hz0001")
    assert "running" in ask(fleet, "list").output
    for words in (("cancel", "hz0001/wan/1", "--yes"), ("retry", "hz0001")):
        assert ask(fleet, *words).exit_code == 7
    held.release()


def test_reading_loads_and_locks_nothing(fleet: Path) -> None:
    write(fleet, "hz0001/wan/1", *FAILED)
    program = (
        "import sys\nfrom retailops.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "heavy = {'dbos', 'pulumi', 'kubernetes', 'ansible', 'ansible_runner', 'sqlalchemy', 'grpc'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    for words in (["list"], ["show", "hz0001"], ["events", "hz0001"]):
        argv = [sys.executable, "-c", program, "--fleet", str(fleet), "run", *words]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert not (fleet / ".retailops" / "locks").exists()
    assert not (fleet / ".retailops" / "dbos.sqlite").exists()


def onboarding(fleet: Path) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "retailops", "--fleet", str(fleet), "--simulate", "store", "onboard", "hz0001"]
    return subprocess.Popen([*argv, "--until", "wan", "--yes"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def simulated(fleet: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--fleet", str(fleet), "--simulate", "run", *words])


def test_a_killed_run_is_interrupted_and_retry_goes_on_with_it(fleet: Path) -> None:
    state = fleet / ".retailops" / "simulated"
    journal = SqliteJournal(state / "journal.sqlite", FileLocks(state / "locks", SystemClock()).held)
    process = onboarding(fleet)
    while len([event for event in journal.events("hz0001/wan/1") if event.what == "step_started"]) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert journal.runs()[0]["status"] == "interrupted"
    retried = subprocess.run(
        [sys.executable, "-m", "retailops", "--fleet", str(fleet), "--simulate", "run", "retry", "hz0001/wan/1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert retried.returncode == 0, retried.stderr
    assert "wan: goes on with attempt 1" in retried.stdout
    assert journal.runs()[0] == {**journal.runs()[0], "run": "hz0001/wan/1", "status": "done"}
    done = [event.step for event in journal.events("hz0001/wan/1") if event.what == "step_done"]
    assert done[:2] == ["wan.hub:hub1", "wan.store:hz0001-gw1"]
    assert not set(done[:2]) & set(done[2:]), "no finished step was done again"
    assert simulated(fleet, "show", "hz0001").output.startswith("SIMULATED\nhz0001/wan/1: done")
