"""What every `ports.Revisions` and `ports.Pauses` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retailops.drivers.revisions import SqlitePauses, SqliteRevisions
from retailops.ports import Pause, Pauses, Revision, Revisions
from retailops.twin.memory_revisions import MemoryPauses, MemoryRevisions

AT = datetime(2026, 11, 25, 8, 0, 1, 5, tzinfo=UTC)
ONE = Revision("edge", "hz0001", "a" * 64, "", "pending", AT, "门店 'x'; --", AT)
BOTH: dict[str, tuple[Callable[[Path], Revisions], Callable[[Path], Pauses]]] = {
    "memory": (lambda _folder: MemoryRevisions(), lambda _folder: MemoryPauses()),
    "sqlite": (
        lambda folder: SqliteRevisions(folder / "revisions.sqlite"),
        lambda folder: SqlitePauses(folder / "revisions.sqlite"),
    ),
}


@pytest.fixture(params=BOTH)
def revisions(request: pytest.FixtureRequest, tmp_path: Path) -> Revisions:
    return BOTH[request.param][0](tmp_path)


@pytest.fixture(params=BOTH)
def pauses(request: pytest.FixtureRequest, tmp_path: Path) -> Pauses:
    return BOTH[request.param][1](tmp_path)


def test_nothing_is_known_at_first(revisions: Revisions, pauses: Pauses) -> None:
    assert revisions.every() == ()
    assert revisions.of("edge", "hz0001") is None
    assert pauses.current() is None
    assert pauses.resume() is None


def test_the_last_one_put_is_read_back(revisions: Revisions) -> None:
    later = replace(ONE, applied="a" * 64, status="applied", error="", deferred=None)
    revisions.put(ONE)
    assert revisions.of("edge", "hz0001") == ONE
    revisions.put(later)
    assert revisions.of("edge", "hz0001") == later
    assert revisions.every() == (later,)


def test_every_is_in_order_of_project_and_stack(revisions: Revisions) -> None:
    names = (("private", "hq"), ("edge", "hz0002"), ("edge", "bj0001"))
    revisions.put(*(replace(ONE, project=project, stack=stack) for project, stack in names))
    revisions.put()
    assert [(item.project, item.stack) for item in revisions.every()] == [
        ("edge", "bj0001"),
        ("edge", "hz0002"),
        ("private", "hq"),
    ]


def test_the_first_pause_holds_until_it_is_ended(pauses: Pauses) -> None:
    first = Pause("li@ops", AT, "冻结")
    assert pauses.pause(first) == first
    assert pauses.pause(Pause("wang@ops", AT, "")) == first
    assert pauses.current() == first
    assert pauses.resume() == first
    assert pauses.current() is None
    second = Pause("wang@ops", AT, "")
    assert pauses.pause(second) == second


def test_another_process_sees_it(tmp_path: Path) -> None:
    path = tmp_path / "revisions.sqlite"
    here, there = SqlitePauses(path), SqlitePauses(path)
    assert there.current() is None
    here.pause(Pause("li@ops", AT, "x"))
    assert there.current() == Pause("li@ops", AT, "x")
