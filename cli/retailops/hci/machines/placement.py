"""On which host each machine runs when all is well, and after a loss. Pure: the same description gives the same places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from retailops.hci.sizing import own_gib
from retailops.model.hosts import Hci, Host
from retailops.model.machines import Machine

EMULATOR_MIB = 256
"""What a machine's own process takes beside the memory that the machine sees."""

VCPUS_PER_CORE = 4
"""Machines seldom want all of their processors at once."""


@dataclass(frozen=True)
class Placement:
    """`host` of each machine that has a place, and the machines `left` without one."""

    host: Mapping[str, str]
    left: tuple[Machine, ...]


@dataclass
class _Room:
    host: Host
    memory: int
    vcpus: int
    taken_memory: int = 0
    taken_vcpus: int = 0
    groups: set[str] = field(default_factory=set)

    def put(self, machine: Machine) -> None:
        self.taken_memory += machine.memory_mib + EMULATOR_MIB
        self.taken_vcpus += machine.vcpus
        self.groups |= {machine.apart} if machine.apart else set()

    def holds(self, machine: Machine) -> bool:
        room = self.memory - self.taken_memory >= machine.memory_mib + EMULATOR_MIB
        return room and self.vcpus - self.taken_vcpus >= machine.vcpus and machine.apart not in self.groups

    def load(self) -> float:
        return max(self.taken_memory / max(1, self.memory), self.taken_vcpus / max(1, self.vcpus))


def place(hci: Hci, gone: Iterable[str] = (), running: Mapping[str, str] | None = None) -> Placement:
    """Each machine on the least loaded host that has room and none of its `apart`; machines stay where they are `running`.

    Highest priority first, then the largest. Hosts `gone` take nothing. What finds no place this way might by moving others: that
    is not tried, so a yes is certain and a no is careful.
    """
    lost = set(gone)
    rooms = {h.id: _room(hci, h) for h in hci.with_role("machines") if h.id not in lost}
    stay = {name: host for name, host in (running or {}).items() if host in rooms}
    found: dict[str, str] = {}
    left = []
    for machine in hci.machines:
        if machine.id in stay:
            rooms[stay[machine.id]].put(machine)
            found[machine.id] = stay[machine.id]
    waiting = [machine for machine in hci.machines if machine.id not in found]
    for machine in sorted(waiting, key=lambda each: (-each.priority, -each.memory_mib, each.id)):
        room = _best(rooms, machine)
        if room is None:
            left.append(machine)
        else:
            room.put(machine)
            found[machine.id] = room.host.id
    return Placement({machine.id: found[machine.id] for machine in hci.machines if machine.id in found}, tuple(left))


def _best(rooms: Mapping[str, _Room], machine: Machine) -> _Room | None:
    """Another rack than the others of its kind where there is one."""
    racks = {room.host.rack for room in rooms.values() if machine.apart in room.groups}
    fit = [room for room in rooms.values() if room.holds(machine)]
    return min(fit, key=lambda room: (room.host.rack in racks, room.load()), default=None)


def _room(hci: Hci, host: Host) -> _Room:
    model = hci.model_of[host.id]
    return _Room(host, max(0, model.memory_gib - own_gib(host)) * 1024, model.cores * VCPUS_PER_CORE)
