"""Simulated time: waiting costs nothing and is remembered, so that no later process lives earlier."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from retailops.twin.world import World

NAME = "clock"
TURN = 0.02
"""Real seconds of a wait, so that what was asked beside it has its turn."""


class Clock:
    """The computer's clock plus all that was ever waited in this world."""

    def __init__(self, world: World) -> None:
        self._world = world
        with world.open(NAME) as documents:
            self._waited = float(documents[NAME].get("waited", 0.0))

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._waited)

    def monotonic(self) -> float:
        return time.monotonic() + self._waited

    def sleep(self, seconds: float) -> None:
        with self._world.open(NAME) as documents:
            self._waited = float(documents[NAME].get("waited", 0.0)) + seconds
            documents[NAME]["waited"] = self._waited
        time.sleep(min(seconds, TURN))
