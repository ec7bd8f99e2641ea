"""Every placement group goes back to where chance put it; the balancer spreads them evenly again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retailops.hci.changes.moving import command
from retailops.hci.drills import volume
from retailops.hci.drills.drill import Drill, Stage
from retailops.hci.drills.ran import Figure
from retailops.hci.status.evenness import astray, over_mean

OBJECTS = 128
STRAY = 2.0
"""Placement groups that a disk may have more or less than its share; the balancer is told 1 for each pool."""

PATIENCE, EVERY = 600.0, 5.0


def unbalanced(stage: Stage) -> None:
    volume.fill(stage, OBJECTS)
    command(stage.standing, "balancer", "off")
    for group in stage.state["moved"]:
        command(stage.standing, "osd", "rm-pg-upmap-items", group)
    stage.standing.wait_healthy(PATIENCE, stage.on_line)


@contextmanager
def balancing(stage: Stage) -> Iterator[None]:
    try:
        _measure(stage, "before")
        command(stage.standing, "balancer", "on")
        clock = stage.standing.ports.clock
        begun = clock.monotonic()
        while astray(stage.standing.state()) > STRAY and clock.monotonic() - begun < PATIENCE:
            clock.sleep(EVERY)
        stage.standing.wait_healthy(PATIENCE, stage.on_line)
        stage.figures.append(Figure("balanced after", round(clock.monotonic() - begun), " s"))
        _measure(stage, "after", STRAY)
        yield
    finally:
        command(stage.standing, "balancer", "on")
        volume.remove(stage)


def _measure(stage: Stage, when: str, most: float | None = None) -> None:
    state = stage.standing.state()
    stage.figures.append(Figure(f"groups off a disk's share {when}", round(astray(state), 1), most=most))
    stage.figures.append(Figure(f"fullest disk over the mean {when}", round(over_mean(state), 3), " ×"))


DRILL = Drill(
    "balance",
    "placement groups lie as chance put them, and the balancer spreads them",
    balancing,
    worst=5.0,
    hold=0.0,
    ready=unbalanced,
)
