"""One rack and all others no longer hear each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retailops.hci.drills.drill import Drill, Stage


@contextmanager
def apart(stage: Stage) -> Iterator[None]:
    others = tuple(dict.fromkeys(host.rack for host in stage.hci.hosts if host.rack != stage.victim.rack))
    try:
        stage.faults.split((stage.victim.rack,), others)
        yield
    finally:
        stage.faults.join()


DRILL = Drill("split", "one rack and all others no longer hear each other", apart, worst=20.0)
