"""A rack's cable is pulled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retailops.hci.drills.drill import Drill, Stage


@contextmanager
def unplugged(stage: Stage) -> Iterator[None]:
    try:
        stage.faults.unplug(stage.victim.rack)
        yield
    finally:
        stage.faults.replug(stage.victim.rack)


DRILL = Drill("rack", "a rack with its monitor is unplugged", unplugged, worst=20.0, median=12.0)
