"""The tie-break is lost, then a room: neither room may go on alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retailops.hci.drills import rooms
from retailops.hci.drills.drill import Drill, Stage
from retailops.hci.drills.ran import nothing_lost

ALONE = 15.0
"""Seconds that both rooms go on without the tie-break, before one of them is lost."""
HOLD = 30.0


@contextmanager
def one_then_the_other(stage: Stage) -> Iterator[None]:
    here, there, tie = rooms.sides(stage)
    try:
        for rack in tie:
            stage.faults.unplug(rack)
        stage.standing.ports.clock.sleep(ALONE)
        stage.faults.split(here, there)
        yield
    finally:
        stage.faults.join()
        for rack in tie:
            stage.faults.replug(rack)


DRILL = Drill(
    "tie-break",
    "the tie-break is lost, then a room",
    one_then_the_other,
    worst=None,
    lead=10.0,
    hold=HOLD,
    measure=rooms.waited("the one room", HOLD),
    within=rooms.waited("the other room", HOLD),
    judge=nothing_lost,
    cast=rooms.cast,
)
