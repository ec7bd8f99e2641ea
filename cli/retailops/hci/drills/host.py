"""A host loses its power."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retailops.hci.drills.drill import Drill, Stage


@contextmanager
def off(stage: Stage) -> Iterator[None]:
    try:
        stage.faults.power_off(stage.victim.id)
        yield
    finally:
        stage.faults.power_on(stage.victim.id)


DRILL = Drill("host", "a host with its disks and monitor loses its power", off, worst=20.0)
