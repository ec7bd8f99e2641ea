"""The disks grow full: first it is said, then writes wait and nothing is lost, and deleting something lets them go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from retailops.errors import ToolError
from retailops.hci.drills import volume
from retailops.hci.drills.drill import Drill, Stage
from retailops.hci.drills.ran import Figure, Ran, nothing_lost
from retailops.hci.drills.ratios import USUAL, set_ratios
from retailops.hci.status.filling import fullest
from retailops.ports import Json

SHARE = 0.04
"""Of what the disks hold, how much the drill writes: enough to tell it from the cluster's own records."""

MARGIN = 0.01
PATIENCE, EVERY = 90.0, 1.0


@contextmanager
def full(stage: Stage) -> Iterator[None]:
    """The ratios are lowered to where the disks are, in place of filling them: what follows is the same."""
    try:
        ratio = _filled(stage)
        set_ratios(stage.standing, {"nearfull": ratio, "backfillfull": ratio + 0.3, "full": ratio + 0.4})
        _await(stage, "OSD_NEARFULL", there=True)
        set_ratios(stage.standing, {"nearfull": ratio - 2 * MARGIN, "backfillfull": ratio - MARGIN, "full": ratio})
        took = _await(stage, "OSD_FULL", there=True)
        stage.on_line(f"full after {took:.0f} s: writes wait")
        yield
        volume.remove(stage)
        stage.figures.append(
            Figure("from deleting to room again", round(_await(stage, "OSD_FULL", there=False), 1), " s")
        )
    finally:
        set_ratios(stage.standing, USUAL)
        volume.remove(stage)


def _filled(stage: Stage) -> float:
    """A share of the fullest disk between that before and that after writing."""
    before = fullest(stage.state)
    raw, copies = sum(osd["size"] for osd in stage.state["osds"]), stage.state["pools"][stage.pool]["size"]
    volume.fill(stage, max(1, round(raw / copies * SHARE / (volume.OBJECT_MIB << 20))))
    clock = stage.standing.ports.clock
    begun = clock.monotonic()
    while (now := fullest(stage.standing.state())) < before + SHARE / 2:
        if clock.monotonic() - begun > PATIENCE:
            raise ToolError("the disks don't say that they are fuller", details=f"{before:.3f} before, {now:.3f} now")
        clock.sleep(EVERY)
    return (before + now) / 2


def _await(stage: Stage, check: str, there: bool) -> float:
    """Seconds until the cluster says this, or no longer does."""
    clock = stage.standing.ports.clock
    begun = clock.monotonic()
    while (check in _checks(stage.standing.state())) != there:
        if (waited := clock.monotonic() - begun) > PATIENCE:
            raise ToolError(f"{check} is {'not' if there else 'still'} said after {waited:.0f} s")
        clock.sleep(EVERY)
    return clock.monotonic() - begun


def _checks(state: Mapping[str, Json]) -> Mapping[str, str]:
    found: Mapping[str, str] = state["checks"]
    return found


def judged(ran: Ran) -> Iterator[str]:
    """Writes wait while there is no room; that none fails is what a machine's disk needs."""
    if ran.flow["failed"]:
        yield f"{ran.flow['failed']} writes failed"
    if ran.flow["spans"][1]["worst"] < DRILL.hold / 2:
        yield "writes never stopped, though the disks were full"
    yield from nothing_lost(ran)


DRILL = Drill(
    "nearly-full",
    "the disks grow full",
    full,
    worst=None,
    hold=15.0,
    judge=judged,
    stands_in="full disks: the cluster's ratios are lowered to where its disks are",
)
