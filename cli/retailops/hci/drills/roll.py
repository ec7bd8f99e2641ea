"""Every daemon is restarted, a rack at a time; nobody is told before, and nothing is a fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retailops.hci.changes.rolling import Rolling
from retailops.hci.changes.serving import Serving
from retailops.hci.drills.drill import Drill, Stage
from retailops.hci.drills.ran import Figure


@contextmanager
def restarted(stage: Stage) -> Iterator[None]:
    standing = stage.standing
    rolled = Rolling(Serving(standing), standing.ports.clock, stage.on_line).run(lambda _daemon: True)
    stage.figures.append(Figure("daemons restarted", len(rolled.restarted), least=len(stage.state["osds"])))
    yield


DRILL = Drill("roll", "every daemon is restarted, a rack at a time", restarted, worst=10.0, hold=0.0)
