"""Where the disks stand in the cluster: hosts that moved to another rack get their copies there a little at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from retailops.hci.changes.moving import command, settle
from retailops.hci.sizing import BACKFILLFULL, data_gib
from retailops.hci.standing import Standing
from retailops.model.hosts import GIB, Hci
from retailops.ports import Json, OnLine

BEFORE = 60.0
"""Seconds that a cluster may take to be whole before a host is moved."""


@dataclass(frozen=True)
class Move:
    """A host that stands in `found` (room, rack) in the cluster, and in `wanted` in fleet.yaml."""

    host: str
    found: tuple[str, str]
    wanted: tuple[str, str]

    @property
    def words(self) -> tuple[str, ...]:
        """What Ceph is told: the host moves, or its rack where only the room is another."""
        room, rack = self.wanted
        if self.found[1] != rack:
            return ("osd", "crush", "move", self.host, "root=default", f"room={room}", f"rack={rack}")
        return ("osd", "crush", "move", rack, "root=default", f"room={room}")


def moves(hci: Hci, state: Mapping[str, Json]) -> tuple[Move, ...]:
    """Hosts with disks in the cluster that stand elsewhere in it than in fleet.yaml."""
    rooms = {rack.id: rack.room for rack in hci.racks}
    found = {osd["host"]: (osd["room"], osd["rack"]) for osd in state.get("osds", ())}
    wanted = {host.id: (rooms[host.rack], host.rack) for host in hci.with_role("storage")}
    return tuple(
        Move(host, found[host], place) for host, place in wanted.items() if host in found and found[host] != place
    )


def move(standing: Standing, on_line: OnLine) -> tuple[Move, ...]:
    """Empties hosts that moved, step by step, moves them, and fills them again.

    One host after the other, or a whole rack where it is in another room. Where the others can't hold the copies meanwhile they are moved
    as they are, and Ceph moves one copy a disk at a time. Killed anywhere, the same call goes on: a host that is empty moves no copies,
    even if its daemons start before the rest is done. Raises `ToolError` where a host must move in a cluster that isn't whole.
    """
    state = standing.state()
    found = moves(standing.hci, state)
    if found:
        standing.wait_healthy(BEFORE, on_line)
    for words in dict.fromkeys(each.words for each in found):
        together = [each for each in found if each.words == words]
        hosts = {each.host for each in together}
        for each in together:
            on_line(
                f"{each.host} stands in {_place(each.found)} in the cluster; fleet.yaml has it in {_place(each.wanted)}"
            )
        if _spared(standing.hci, hosts, state):
            settle(standing, on_line, without=hosts)
        else:
            on_line(f"without {', '.join(sorted(hosts))} the copies have no place; they are moved with them")
        command(standing, *words)
    if found:
        settle(standing, on_line)
    return found


def _place(place: tuple[str, str]) -> str:
    return f"room {place[0]}, rack {place[1]}"


def _spared(hci: Hci, hosts: Collection[str], state: Mapping[str, Json]) -> bool:
    others = [each for each in hci.with_role("storage") if each.id not in hosts]
    stored = sum(pool["stored"] for pool in state["pools"].values()) / GIB
    room = data_gib(hci, others, max(pool.replicas for pool in hci.pools)) * BACKFILLFULL
    return room > 0 and stored <= room
