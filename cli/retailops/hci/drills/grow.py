"""A host comes in while records are written: its disks get copies a little at a time, and writes hardly notice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from retailops.errors import ToolError, UsageError
from retailops.hci.changes.moving import settle
from retailops.hci.drills import volume
from retailops.hci.drills.drill import Drill, Stage
from retailops.hci.drills.ran import Figure
from retailops.model.hosts import Hci, Host
from retailops.ports import Json

OBJECTS = 128
SLOWER = 2.0


def empty(stage: Stage) -> None:
    """The host holds nothing when it comes in, and there is something to give it."""
    volume.fill(stage, OBJECTS)
    settle(stage.standing, stage.on_line, without={stage.victim.id})


@contextmanager
def coming_in(stage: Stage) -> Iterator[None]:
    """What `retailops hci add` does."""
    try:
        stage.standing.provision(stage.on_line)
        stage.part()
        stage.figures.append(Figure("steps", settle(stage.standing, stage.on_line)))
        yield
    finally:
        settle(stage.standing, stage.on_line)
        volume.remove(stage)


def slower(_stage: Stage, flow: Mapping[str, Json]) -> Iterable[Figure]:
    before, provisioned, moved, _after = flow["spans"]
    if not before["written"]:
        raise ToolError(
            "nothing was written before the host came in", resolution="Repeat the drill on a calmer computer."
        )
    yield Figure("p99 before", round(1000 * before["p99"], 1), " ms")
    for what, span, most in (("it was provisioned", provisioned, None), ("copies moved", moved, SLOWER)):
        yield Figure(f"p99 while {what}", round(1000 * span["p99"], 1), " ms")
        yield Figure(f"p99 while {what}, times that before", round(span["p99"] / before["p99"], 2), " ×", most=most)


def newcomer(hci: Hci, rack: str | None) -> tuple[Host, Host]:
    """(host that comes in, writer): the host keeps no monitor, and its rack has another with disks, so that it can be spared."""
    storage = hci.with_role("storage")
    found = [
        host
        for host in reversed(storage)
        if "monitor" not in host.roles
        and rack in (None, host.rack)
        and sum(other.rack == host.rack for other in storage) > 1
    ]
    writers = [host for host in hci.with_role("monitor") if found and host.rack != found[0].rack]
    if not writers:
        raise UsageError(
            "no host can come in: one without a monitor, beside another in its rack, and a monitor elsewhere",
            resolution="Describe another host in one of the racks.",
        )
    return found[0], writers[0]


DRILL = Drill(
    "grow",
    "a host comes in while records are written",
    coming_in,
    worst=5.0,
    lead=30.0,
    hold=0.0,
    ready=empty,
    measure=slower,
    cast=newcomer,
    stands_in="a new host: one that was emptied before stands in for it; while it is provisioned all hosts and Ansible share "
    "this computer's processors, so that part has no limit",
)
