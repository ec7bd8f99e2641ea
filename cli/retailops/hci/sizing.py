"""What a set of hosts can hold, and what is left when one of them, a rack or a room is lost. Pure; the formulas are explained in the docs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

from retailops.model.hosts import GIB, Hci, Host

NEARFULL, BACKFILLFULL = 0.85, 0.90
"""Ceph's own ratios: it warns from the first, and makes no copy anew on a disk that is past the second."""

OSD_GIB, MONITOR_GIB, SYSTEM_GIB = 5, 4, 4
"""Memory in GiB: an OSD's target of 4 and a quarter more, a monitor with its manager, the host itself."""

RECOVERY_SHARE = 0.5
"""Of the storage network; the other half stays with clients."""

HEAL_HOURS = 4
"""Within which the copies of a lost host should be there anew."""


Kind = Literal["host", "rack", "room"]


@dataclass(frozen=True)
class Loss:
    """Without one host, rack or room: data that fits with all its copies, memory left for machines, copies to make anew and how long that takes."""

    kind: Kind
    name: str
    usable_gib: float
    memory_gib: float
    refill_gib: float
    hours: float


@dataclass(frozen=True)
class Sizing:
    """GiB of disks, of data that may be stored so that every promise holds, of disks that no copy can use, and of memory for machines."""

    raw_gib: float
    usable_gib: float
    stranded_gib: float
    memory_gib: float
    losses: tuple[Loss, ...]

    def worst(self, kind: Kind) -> Loss | None:
        """The loss of one of this kind that leaves the least data, then the least memory; None where there is none."""
        losses = (loss for loss in self.losses if loss.kind == kind)
        return min(losses, key=lambda loss: (loss.usable_gib, loss.memory_gib), default=None)


def spread_gib(domains: Iterable[float], replicas: int) -> float:
    """The most data of which every block has `replicas` copies, each in another domain: capacities in, data out.

    A domain takes each block once at most, so the largest k of them count no more than the data itself, for each k < replicas.
    """
    sizes = sorted((size for size in domains if size > 0), reverse=True)
    if len(sizes) < replicas:
        return 0.0
    rest = sum(sizes)
    bounds = []
    for taken in range(replicas):
        bounds.append(rest / (replicas - taken))
        rest -= sizes[taken]
    return min(bounds)


def racks_gib(hci: Hci, hosts: Iterable[Host]) -> dict[str, float]:
    """Raw capacity of each rack, of the disks that are in it."""
    racks: dict[str, float] = {rack.id: 0.0 for rack in hci.racks}
    for host in hosts:
        racks[host.rack] += host_gib(hci, host)
    return {rack: size for rack, size in racks.items() if size}


def host_gib(hci: Hci, host: Host) -> float:
    """Raw capacity of a host: the slots with a disk in them."""
    slots = {slot.id: slot.gib for slot in hci.model_of[host.id].slots}
    return float(sum(slots[slot] for slot in host.disks))


def data_gib(hci: Hci, hosts: Iterable[Host], replicas: int) -> float:
    """The most data with so many copies: over racks, and with a tie-break over both rooms alike."""
    racks = racks_gib(hci, hosts)
    if hci.tie_break is None:
        return spread_gib(racks.values(), replicas)
    rooms = by_room(hci, racks)
    return min(spread_gib(sizes.values(), replicas // 2) for sizes in rooms.values()) if len(rooms) == 2 else 0.0


def by_room(hci: Hci, racks: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Room -> rack -> raw capacity, of the racks given."""
    rooms: dict[str, dict[str, float]] = {}
    for rack in hci.racks:
        if rack.id in racks:
            rooms.setdefault(rack.room, {})[rack.id] = racks[rack.id]
    return rooms


def size(hci: Hci) -> Sizing:
    """For hosts that `check` has passed. Every pool is sized as if it had the most copies of any."""
    replicas = max(pool.replicas for pool in hci.pools)
    storage = hci.with_role("storage")
    raw = sum(host_gib(hci, host) for host in storage)
    full = data_gib(hci, storage, replicas)
    left = {(kind, name): _left(hci, gone) for kind, name, gone in _losses(hci)}
    data = {loss: data_gib(hci, hosts, replicas) * BACKFILLFULL for loss, hosts in left.items()}
    promised = {"host": hci.survives.host, "rack": hci.survives.rack, "room": "serves"}
    usable = min([full * NEARFULL, *(size for (kind, _), size in data.items() if promised[kind] == "heals")])
    fill = full * NEARFULL * replicas / raw
    losses = tuple(
        _loss(hci, kind, name, hosts, data[kind, name], fill * (raw - sum(host_gib(hci, host) for host in hosts)))
        for (kind, name), hosts in left.items()
    )
    return Sizing(raw, usable, max(0.0, raw - full * replicas), memory_gib(hci, hci.hosts), losses)


def _losses(hci: Hci) -> Iterator[tuple[Kind, str, frozenset[str]]]:
    """Rooms where a tie-break promises that one may go."""
    for host in hci.hosts:
        yield "host", host.id, frozenset({host.id})
    for rack in hci.racks:
        if gone := frozenset(host.id for host in hci.hosts if host.rack == rack.id):
            yield "rack", rack.id, gone
    for room in hci.rooms if hci.tie_break else ():
        racks = [rack.id for rack in hci.racks if rack.room == room.id]
        if gone := frozenset(host.id for host in hci.hosts if host.rack in racks):
            yield "room", room.id, gone


def _left(hci: Hci, gone: frozenset[str]) -> tuple[Host, ...]:
    return tuple(host for host in hci.hosts if host.id not in gone)


def _loss(hci: Hci, kind: Kind, name: str, hosts: Sequence[Host], usable: float, refill: float) -> Loss:
    gbit = sum(hci.model_of[host.id].network_gbit for host in hosts if host.disks) * RECOVERY_SHARE
    hours = refill * GIB * 8 / (gbit * 1e9) / 3600 if gbit else inf
    return Loss(kind, name, usable, memory_gib(hci, hosts), refill, hours)


def memory_gib(hci: Hci, hosts: Iterable[Host]) -> float:
    """Memory for machines: what these hosts have beyond their own and their storage's."""
    return sum(max(0, hci.model_of[host.id].memory_gib - own_gib(host)) for host in hosts if "machines" in host.roles)


def own_gib(host: Host) -> int:
    """Memory that a host needs for itself, its monitor and its disks."""
    return SYSTEM_GIB + (MONITOR_GIB if "monitor" in host.roles else 0) + OSD_GIB * len(host.disks)
