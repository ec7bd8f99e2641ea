"""What every `ports.Clock` does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta

import pytest

from retailops.drivers.clock import SystemClock
from retailops.ports import Clock
from retailops.twin.memory import MemoryClock

IMPLEMENTATIONS: dict[str, Callable[[], Clock]] = {"memory": MemoryClock, "system": SystemClock}


@pytest.fixture(params=IMPLEMENTATIONS)
def clock(request: pytest.FixtureRequest) -> Clock:
    return IMPLEMENTATIONS[request.param]()


def test_both_hands_move_on_by_what_was_slept(clock: Clock) -> None:
    at, mark = clock.now(), clock.monotonic()
    clock.sleep(0.02)
    assert clock.now() - at >= timedelta(seconds=0.02)
    assert clock.monotonic() - mark >= 0.02


def test_now_is_utc(clock: Clock) -> None:
    assert clock.now().tzinfo is UTC


def test_a_negative_wait_is_none(clock: Clock) -> None:
    clock.sleep(-1)
