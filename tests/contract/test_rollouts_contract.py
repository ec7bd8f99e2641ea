"""What every `ports.Rollouts` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retailops.drivers.rollouts import SqliteRollouts
from retailops.ports import Progress, Release, ReleasedRing, Rollouts
from retailops.twin.memory_revisions import MemoryRollouts

AT = datetime(2026, 11, 25, 8, 0, 1, 5, tzinfo=UTC)
PLAN = {
    "digest": "d" * 64,
    "changes": [{"project": "edge", "stack": "hz0001", "inputs": "a" * 64, "why": "门店 'x'; --"}],
}
RINGS = (ReleasedRing("canary", timedelta(hours=1), ("edge/hz0001",)), ReleasedRing("rest", timedelta(0), ()))
RELEASE = Release(PLAN, AT, "li@ops", 5, RINGS)
OPEN = Progress("open", opened={"canary": AT})
BOTH: dict[str, Callable[[Path], Rollouts]] = {
    "memory": lambda _folder: MemoryRollouts(),
    "sqlite": lambda folder: SqliteRollouts(folder / "revisions.sqlite"),
}


@pytest.fixture(params=BOTH)
def rollouts(request: pytest.FixtureRequest, tmp_path: Path) -> Rollouts:
    return BOTH[request.param](tmp_path)


def test_nothing_is_released_at_first(rollouts: Rollouts) -> None:
    assert rollouts.latest() is None


def test_what_was_released_is_read_back_with_its_number(rollouts: Rollouts) -> None:
    assert rollouts.release(RELEASE, OPEN).number == 1
    found = rollouts.latest()
    assert found
    assert (found.number, found.release, found.progress) == (1, RELEASE, OPEN)
    assert found.release.digest == "d" * 64


def test_progress_is_kept(rollouts: Rollouts) -> None:
    number = rollouts.release(RELEASE, OPEN).number
    further = Progress("stopped", "1 of 1 failed", {"canary": AT}, {"canary": AT}, AT, {"edge/hz0001": "li@ops"})
    rollouts.keep(number, further)
    assert rollouts.progress(number) == further
    assert rollouts.latest().progress == further  # type: ignore[union-attr]


def test_what_was_stopped_only_a_resume_goes_on_with(rollouts: Rollouts) -> None:
    number = rollouts.release(RELEASE, OPEN).number
    rollouts.keep(number, replace(OPEN, status="stopped", why="by li@ops"))
    rollouts.keep(number, OPEN)
    assert rollouts.progress(number).status == "stopped"
    rollouts.resume(number, replace(OPEN, resumed=AT))
    assert rollouts.progress(number) == replace(OPEN, resumed=AT)


@pytest.mark.parametrize("status", ["open", "stopped"])
def test_a_release_supersedes_the_one_before_for_good(rollouts: Rollouts, status: str) -> None:
    rollouts.release(RELEASE, replace(OPEN, status=status))  # type: ignore[arg-type]
    assert rollouts.release(RELEASE, OPEN).number == 2
    rollouts.keep(1, OPEN)
    rollouts.resume(1, OPEN)
    assert rollouts.progress(1).status == "superseded"
    assert rollouts.latest().number == 2  # type: ignore[union-attr]


def test_one_that_is_done_stays_done(rollouts: Rollouts) -> None:
    rollouts.release(RELEASE, replace(OPEN, status="done"))
    rollouts.release(RELEASE, OPEN)
    assert rollouts.progress(1).status == "done"


def test_another_process_sees_it(tmp_path: Path) -> None:
    path = tmp_path / "revisions.sqlite"
    here, there = SqliteRollouts(path), SqliteRollouts(path)
    assert there.latest() is None
    here.release(RELEASE, OPEN)
    assert there.latest().release == RELEASE  # type: ignore[union-attr]
