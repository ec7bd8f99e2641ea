"""Whether the storage cluster is whole, and waiting until it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from retailops.errors import ToolError
from retailops.ports import Clock, Json, OnLine

EVERY = 2.0
DOWN = frozenset({"OSD_DOWN", "OSD_HOST_DOWN", "OSD_RACK_DOWN", "OSD_ROOM_DOWN"})
OURS = frozenset({"MON_DISK_LOW", "MON_DISK_CRIT"})
"""Checks that speak of the computer under a lab's hosts, and not of the hosts."""

PAST = frozenset({"OSD_SLOW_PING_TIME_BACK", "OSD_SLOW_PING_TIME_FRONT"})
"""Checks that go by the mean of the last quarter of an hour: they speak long after a line that was cut is mended."""


def faults(state: Mapping[str, Json], aside: frozenset[str] = frozenset()) -> list[str]:
    """What keeps the cluster from being whole, in words, without Ceph's checks named in `aside`; empty when nothing does."""
    if not state:
        return ["no monitor answers"]
    found = [text for name, text in state["checks"].items() if name not in OURS | aside]
    if (rack := state.get("kept")) and "OSD_FLAGS" not in aside:
        found.append(
            f"noout is set for rack {rack} by a roll that goes on or was cut off; retailops hci roll takes it back"
        )
    if pool := state.get("deleting"):
        found.append(f"the deletion of pool {pool} goes on or was cut off; retailops hci up puts its protection back")
    if down := [f"osd.{osd['id']} on {osd['host']}" for osd in state["osds"] if not (osd["up"] and osd["in"])]:
        found.append(f"down or out: {', '.join(down)}")
    if (rest := state["groups"]["total"] - state["groups"]["clean"]) or not state["groups"]["total"]:
        found.append(f"{rest} of {state['groups']['total']} placement groups are not clean")
    return found


def spared(state: Mapping[str, Json], leaving: Collection[str]) -> Mapping[str, Json]:
    """The state as if the disks of hosts `leaving` were none of it: whoever takes a dead host out waits for the copies only."""
    if not (leaving and state):
        return state
    rest = [osd for osd in state["osds"] if osd["host"] not in leaving]
    others_down = any(not osd["up"] for osd in rest)
    checks = {name: text for name, text in state["checks"].items() if others_down or name not in DOWN}
    return {**state, "osds": rest, "checks": checks}


def wait_healthy(read: Callable[[], Mapping[str, Json]], clock: Clock, patience: float, on_line: OnLine) -> float:
    """Seconds until nothing was wrong, `PAST` aside; raises `ToolError` with what still was after `patience` seconds."""
    begun, told = clock.monotonic(), ""
    while True:
        left = faults(read(), PAST)
        waited = clock.monotonic() - begun
        if not left:
            return waited
        if waited > patience:
            raise ToolError(
                f"the storage cluster is not whole after {waited:.0f} s",
                details="\n".join(left),
                resolution="retailops hci status shows it; the same command goes on.",
            )
        if left[0] != told:
            told = left[0]
            on_line(f"waiting: {told}")
        clock.sleep(EVERY)
