"""Whether hosts can hold what fleet.yaml promises of them; each line says what is wrong and what would mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from retailops.hci.machines.placement import place
from retailops.hci.sizing import HEAL_HOURS, Sizing, by_room, own_gib, racks_gib, size
from retailops.model.hosts import Hci

STRANDED_SHARE = 0.05
"""Of all disks; racks are never quite alike."""


def broken(hci: Hci) -> Iterator[str]:
    """One line for each promise that these hosts can't hold; nothing where all hold."""
    replicas = max(pool.replicas for pool in hci.pools)
    racks = racks_gib(hci, hci.with_role("storage"))
    if len(racks) < replicas:
        yield f"{len(racks)} racks with disks can't hold {replicas} copies in different racks; add racks, or fewer replicas"
        return
    if hci.tie_break:
        yield from _stretched(hci, racks)
    sizing = size(hci)
    yield from _stranded(hci, racks, sizing)
    yield from _healing(hci, sizing)
    yield from _memory(hci, sizing)
    yield from _disks(hci, sizing)
    yield from _places(hci)


def _stretched(hci: Hci, racks: Mapping[str, float]) -> Iterator[str]:
    room = {rack.id: rack.room for rack in hci.racks}
    data = by_room(hci, racks)
    if len(data) != 2:
        yield f"a tie-break decides between two rooms with disks; these are {len(data)}"
    if {pool.replicas for pool in hci.pools} != {4}:
        yield "between two rooms each block has 4 copies, two in each room: replicas: 4"
    for name, there in data.items():
        if len(there) < 2:
            yield f"room {name} has disks in one rack; its two copies belong in two: add a rack to it"
    tie = next(host for host in hci.hosts if host.id == hci.tie_break)
    if room[tie.rack] in data:
        yield f"the tie-break {tie.id} stands in room {room[tie.rack]}, which holds data; it belongs in a third"
    yield from _majority(Counter(room[host.rack] for host in hci.with_role("monitor")))


def _majority(monitors: Counter[str]) -> Iterator[str]:
    for room, count in monitors.items():
        if 2 * count >= monitors.total():
            yield (
                f"without room {room} {monitors.total() - count} of {monitors.total()} monitors are left, no majority; "
                "give both rooms the same number, and one to the tie-break"
            )


def _stranded(hci: Hci, racks: Mapping[str, float], sizing: Sizing) -> Iterator[str]:
    if sizing.stranded_gib <= sizing.raw_gib * STRANDED_SHARE:
        return
    kind, sizes = "rack", dict(racks)
    rooms = {room: sum(there.values()) for room, there in by_room(hci, racks).items()}
    if hci.tie_break and max(rooms.values()) - min(rooms.values()) > sizing.raw_gib * STRANDED_SHARE:
        kind, sizes = "room", rooms
    largest = max(sizes, key=lambda name: sizes[name])
    yield (
        f"{kind} {largest} has {sizes[largest]:.0f} GiB of {sizing.raw_gib:.0f}; with copies in different {kind}s "
        f"{sizing.stranded_gib:.0f} GiB could never be used; give the other {kind}s as much"
    )


def _healing(hci: Hci, sizing: Sizing) -> Iterator[str]:
    for kind, promise in (("host", hci.survives.host), ("rack", hci.survives.rack)):
        if promise != "heals":
            continue
        losses = [loss for loss in sizing.losses if loss.kind == kind and loss.refill_gib]
        for loss in losses:
            if not loss.usable_gib:
                yield (
                    f"without {kind} {loss.name} no place is left for every copy, so nothing heals; "
                    f"add a {kind}, or promise less (survives.{kind}: serves)"
                )
            elif loss.hours > HEAL_HOURS:
                yield (
                    f"without {kind} {loss.name} {loss.refill_gib:.0f} GiB are copied in {loss.hours:.1f} hours; "
                    f"{HEAL_HOURS} are allowed: a faster storage network, or smaller hosts"
                )


def _memory(hci: Hci, sizing: Sizing) -> Iterator[str]:
    for host in hci.hosts:
        has, needs = hci.model_of[host.id].memory_gib, own_gib(host)
        if has < needs:
            yield f"{host.id} has {has} GiB of memory; it needs {needs} for itself, its monitor and {len(host.disks)} disks"
    for loss in sizing.losses:
        if hci.promised_gib(priority=1) > loss.memory_gib:
            yield (
                f"without {loss.kind} {loss.name} {loss.memory_gib:.0f} GiB are left for machines, which take "
                f"{hci.promised_gib(priority=1):.0f}; add memory or hosts"
            )


def _disks(hci: Hci, sizing: Sizing) -> Iterator[str]:
    """A disk that was promised can be written in full."""
    for pool in hci.pools:
        taken = sum(machine.disk_gib for machine in hci.machines if machine.pool == pool.id)
        room = sizing.usable_gib * pool.share / 100
        if taken > room:
            yield (
                f"the machines' disks in pool {pool.id} take {taken} GiB, and its share is {room:.0f}; "
                "add disks, or give it a larger share"
            )


def _places(hci: Hci) -> Iterator[str]:
    """Where the sum fits and one machine doesn't; those of priority 0 may stay off after a loss."""
    whole = place(hci)
    for machine in whole.left:
        yield f"no host has room for machine {machine.id} ({machine.memory_mib} MiB, {machine.vcpus} vCPUs); add hosts"
    racks = {host.id: host.rack for host in hci.hosts}
    for group in sorted({machine.apart for machine in hci.machines if machine.apart}):
        used = [
            racks[whole.host[machine.id]]
            for machine in hci.machines
            if machine.apart == group and machine.id in whole.host
        ]
        if len(used) > len(set(used)):
            yield f"{len(used)} machines apart as {group} would share a rack; add racks with the role machines, or fewer of them"
    losses = [(f"host {host.id}", [host.id]) for host in hci.with_role("machines")]
    losses += [(f"rack {rack.id}", [host.id for host in hci.hosts if host.rack == rack.id]) for rack in hci.racks]
    for name, gone in losses:
        for machine in place(hci, gone, whole.host).left:
            if machine.priority and machine not in whole.left:
                yield f"without {name} no host has room for machine {machine.id}; add memory or hosts, or give it priority 0"
