"""A room is cut off from the other and from the tie-break; its own hosts go on hearing each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retailops.hci.drills import rooms
from retailops.hci.drills.drill import Drill, Stage

HOLD = 30.0


@contextmanager
def cut_off(stage: Stage) -> Iterator[None]:
    here, there, tie = rooms.sides(stage)
    try:
        stage.faults.split(here, (*there, *tie))
        yield
    finally:
        stage.faults.join()


DRILL = Drill(
    "site",
    "a room is cut off from everything but itself",
    cut_off,
    worst=20.0,
    lead=10.0,
    hold=HOLD,
    within=rooms.waited("the room that is cut off", HOLD),
    cast=rooms.cast,
)
