"""A byte turns on the disk of a copy that is read, another on that of a copy that is not: read right, found, mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from retailops.errors import ToolError
from retailops.hci.changes.moving import command
from retailops.hci.drills import disk_process, volume
from retailops.hci.drills.drill import Drill, Stage
from retailops.hci.drills.ran import Figure
from retailops.ports import Json, Reading
from retailops.render.hci import osd_id

PATIENCE, AGAIN, COUNTED, EVERY = 240.0, 60.0, 60.0, 1.0
"""Seconds that a scrub may take, after which it is asked for again, until the cluster has counted, and between two looks."""

FEWEST, MOST = 32, 256


@dataclass(frozen=True)
class Spoilt:
    """An object with a wrong byte on one of its disks: its name, the group it is in, and how many objects were mended there before."""

    name: str
    group: str
    repaired: int


def forgetful(stage: Stage) -> None:
    """Ceph warns of a disk with ten repairs since its start, which a few drills make."""
    for number in disk_process.numbers(stage):
        disk_process.systemctl(stage, number, "restart")
    stage.standing.wait_healthy(PATIENCE, stage.on_line)


@contextmanager
def rotten(stage: Stage) -> Iterator[None]:
    """On the victim's disks only, as by one host's failing controller; the drill's own objects and no other byte."""
    objects = min(MOST, max(FEWEST, 8 * len(stage.state["osds"])))
    try:
        filled = volume.fill(stage, objects)
        read, unread = _spoil(stage, filled.objects)
        yield
        stage.figures.append(Figure("objects that read otherwise", len(volume.different(stage, filled)), most=0))
        _scrubbed_right(stage, unread)
        stage.figures.append(Figure("objects mended by being read", _mended(stage, read), least=1))
    finally:
        volume.remove(stage)


def _spoil(stage: Stage, written: Sequence[Mapping[str, Json]]) -> tuple[Spoilt, Spoilt]:
    disks = {osd["id"]: osd["uuid"] for osd in stage.state["osds"] if osd["host"] == stage.victim.id}
    said = _placement(stage, [each["name"] for each in written])

    def spoil(copies: Callable[[list[int]], list[int]], other: str = "") -> Spoilt:
        for each, place in zip(written, said["objects"], strict=True):
            hit = [osd for osd in copies(place["acting"]) if osd in disks]
            if hit and place["group"] != other:
                stage.faults.rot(stage.victim.id, _serial(stage, disks[hit[0]]), bytes.fromhex(each["head"]))
                stage.on_line(f"a byte of {each['name']} turned on osd.{hit[0]}")
                return Spoilt(each["name"], place["group"], said["groups"][place["group"]]["repaired"])
        raise ToolError(f"none of {len(written)} objects lies so on {stage.victim.id}", resolution="Repeat the drill.")

    read = spoil(lambda acting: acting[:1])
    return read, spoil(lambda acting: acting[1:], other=read.group)


def _mended(stage: Stage, spoilt: Spoilt) -> int:
    """How many objects of the group were mended since; the cluster counts them some seconds later."""
    clock = stage.standing.ports.clock
    end = clock.monotonic() + COUNTED
    while not (mended := int(_group(stage, spoilt)["repaired"]) - spoilt.repaired) and clock.monotonic() < end:
        clock.sleep(EVERY)
    return mended


def _scrubbed_right(stage: Stage, spoilt: Spoilt) -> None:
    found = _scrub(stage, spoilt, "deep-scrub")
    stage.figures.append(Figure("wrong copies found by a scrub", found, least=1))
    _scrub(stage, spoilt, "repair")
    stage.figures.append(Figure("wrong copies after repair", _scrub(stage, spoilt, "deep-scrub"), most=0))


def _scrub(stage: Stage, spoilt: Spoilt, kind: str) -> int:
    """The errors that the group has once it was read in full; asked again, since a busy disk forgets what it was asked."""
    clock = stage.standing.ports.clock
    before, begun = _group(stage, spoilt)["deep_scrub"], clock.monotonic()
    asked = -AGAIN
    while (waited := clock.monotonic() - begun) < PATIENCE:
        if waited - asked >= AGAIN:
            command(stage.standing, "pg", kind, spoilt.group)
            asked = waited
        clock.sleep(EVERY)
        if (now := _group(stage, spoilt))["deep_scrub"] != before:
            stage.on_line(f"{kind} of {spoilt.group}: {now['errors']} wrong copies")
            return int(now["errors"])
    raise ToolError(f"{kind} of {spoilt.group} did not end in {PATIENCE:g} s", resolution="retailops hci status")


def _group(stage: Stage, spoilt: Spoilt) -> Mapping[str, Json]:
    found: Mapping[str, Json] = _placement(stage, [spoilt.name])["groups"][spoilt.group]
    return found


def _placement(stage: Stage, names: list[str]) -> Mapping[str, Json]:
    args = {"monitor": stage.writer.id, "pool": stage.pool, "objects": names}
    return stage.prober.read(stage.hosts[stage.writer.id], Reading("placement", args, timeout=120.0))


def _serial(stage: Stage, uuid: str) -> str:
    return next(each for each in stage.victim.disks.values() if str(osd_id(stage.standing.chain, each)) == uuid)


DRILL = Drill(
    "bitrot",
    "a byte turns on the disk of one copy",
    rotten,
    worst=2.0,
    hold=5.0,
    ready=forgetful,
    stands_in="rot: a byte of the disk's file is changed beneath the storage",
)
