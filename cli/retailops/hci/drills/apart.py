"""The two rooms no longer hear each other, and the tie-break hears both: one room goes on, and only one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retailops.hci.drills import rooms
from retailops.hci.drills.drill import Drill, Stage
from retailops.hci.drills.ran import Ran, nothing_lost

HOLD, WORST = 60.0, 20.0


@contextmanager
def apart(stage: Stage) -> Iterator[None]:
    here, there, _tie = rooms.sides(stage)
    try:
        stage.faults.split(here, there)
        yield
    finally:
        stage.faults.join()


def one_goes_on(ran: Ran) -> Iterator[str]:
    """Which room it is nobody can say before."""
    least, most = sorted(figure.value for figure in ran.figures if figure.name.startswith(rooms.WAIT))
    if least > WORST:
        yield f"a write waited {least:.1f} s in the room that went on; {WORST:g} are allowed"
    if most < HOLD:
        yield f"both rooms went on: no write waited longer than {most:.1f} s, of {HOLD:g}"
    yield from nothing_lost(ran)


DRILL = Drill(
    "rooms",
    "the two rooms no longer hear each other; the tie-break hears both",
    apart,
    worst=None,
    lead=10.0,
    hold=HOLD,
    measure=rooms.waited("one room", 0),
    within=rooms.waited("the other room", 0),
    judge=one_goes_on,
    cast=rooms.cast,
)
