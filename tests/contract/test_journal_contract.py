"""What every `ports.Journal` does; it is told by the locks who is at work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from retailops.drivers.clock import SystemClock
from retailops.drivers.journal import SqliteJournal
from retailops.drivers.locks import FileLocks
from retailops.ports import Event, Journal, Locks
from retailops.twin.memory import MemoryJournal, MemoryLocks


def in_memory(_folder: Path) -> tuple[Journal, Locks]:
    locks = MemoryLocks(SystemClock())
    return MemoryJournal(locks), locks


def on_disk(folder: Path) -> tuple[Journal, Locks]:
    locks = FileLocks(folder / "locks", SystemClock())
    return SqliteJournal(folder / "journal.sqlite", locks.held), locks


IMPLEMENTATIONS: dict[str, Callable[[Path], tuple[Journal, Locks]]] = {"memory": in_memory, "sqlite": on_disk}
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
RUN = "hz0001/wan/1"


@pytest.fixture(params=IMPLEMENTATIONS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Journal, Locks]:
    return IMPLEMENTATIONS[request.param](tmp_path)


def write(journal: Journal, *events: tuple[Any, str], run: str = RUN) -> None:
    for number, (what, text) in enumerate(events):
        step = text if what.startswith("step") else ""
        journal.add(Event(run, AT + timedelta(seconds=number), what, step, "" if step else text))


def test_nothing_yet(world: tuple[Journal, Locks]) -> None:
    assert world[0].runs() == ()
    assert world[0].events(RUN) == ()


def test_a_run_that_went_well(world: tuple[Journal, Locks]) -> None:
    write(world[0], ("run_started", "p1"), ("step_started", "a"), ("step_done", "a"), ("run_done", ""))
    assert world[0].runs() == (
        {
            "run": RUN,
            "store": "hz0001",
            "stage": "wan",
            "attempt": 1,
            "plan": "p1",
            "status": "done",
            "started": AT.isoformat(),
            "ended": (AT + timedelta(seconds=3)).isoformat(),
            "step": "a",
        },
    )
    assert [event.what for event in world[0].events(RUN)] == ["run_started", "step_started", "step_done", "run_done"]


@pytest.mark.parametrize(("what", "status"), [("run_failed", "failed"), ("run_cancelled", "cancelled")])
def test_how_a_run_ended(world: tuple[Journal, Locks], what: str, status: str) -> None:
    write(world[0], ("run_started", "p1"), (what, "because"))
    assert world[0].runs()[0]["status"] == status


def test_running_while_the_store_is_locked_and_interrupted_after(world: tuple[Journal, Locks]) -> None:
    journal, locks = world
    lock = locks.take("hz0001", "store onboard hz0001")
    write(journal, ("run_started", "p1"), ("step_started", "a"))
    assert journal.runs()[0]["status"] == "running"
    lock.release()
    assert journal.runs()[0]["status"] == "interrupted"
    assert journal.runs()[0]["ended"] is None


def test_a_run_that_goes_on_is_not_ended(world: tuple[Journal, Locks]) -> None:
    write(world[0], ("run_started", "p1"), ("run_failed", "x"), ("run_started", "p1"))
    assert world[0].runs()[0]["status"] == "interrupted"
    assert world[0].runs()[0]["ended"] is None
    assert world[0].runs()[0]["started"] == AT.isoformat()


def test_newest_run_first(world: tuple[Journal, Locks]) -> None:
    for run in (RUN, "bj0001/edge/10", "hz0001/wan/2"):
        write(world[0], ("run_started", "p"), run=run)
    assert [run["run"] for run in world[0].runs()] == ["hz0001/wan/2", "bj0001/edge/10", RUN]
