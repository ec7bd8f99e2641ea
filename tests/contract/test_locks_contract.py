"""What every `ports.Locks` does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from retailops.drivers.clock import SystemClock
from retailops.drivers.locks import FileLocks
from retailops.errors import Locked
from retailops.ports import Locks
from retailops.twin.memory import MemoryLocks

IMPLEMENTATIONS: dict[str, Callable[[Path], Locks]] = {
    "memory": lambda _folder: MemoryLocks(SystemClock()),
    "flock": lambda folder: FileLocks(folder / "locks", SystemClock()),
}


@pytest.fixture(params=IMPLEMENTATIONS)
def locks(request: pytest.FixtureRequest, tmp_path: Path) -> Locks:
    return IMPLEMENTATIONS[request.param](tmp_path)


def test_the_second_taker_hears_what_the_first_does(locks: Locks) -> None:
    held = locks.take("hz0001", "store onboard hz0001")
    with pytest.raises(Locked, match=r"hz0001 is locked by .* since .*: store onboard hz0001") as error:
        locks.take("hz0001", "store onboard hz0001")
    assert error.value.exit_code == 7
    held.release()
    locks.take("hz0001", "again").release()


def test_other_stores_go_on(locks: Locks) -> None:
    first, second = locks.take("hz0001", "a"), locks.take("hz0002", "b")
    first.release()
    second.release()


def test_releasing_twice_frees_nobody_elses(locks: Locks) -> None:
    first = locks.take("hz0001", "a")
    first.release()
    first.release()
    locks.take("hz0001", "b")
