"""The lab's cloud: machines beside the stores', made and removed while the lab runs; and records of what has no machine."""

from __future__ import annotations

import json
import re
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from retailops.errors import RetailopsError, ToolError, UsageError
from retailops.lab import bring_up, cgroups, hosts, processes, record, sites, spaces, supervisor
from retailops.lab.held import held
from retailops.lab.record import MemberSpec, Record
from retailops.lab.topology import MEMBERS, Machine, Topology, member_address
from retailops.ports import CloudMachine, Json, OnLine

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?")
_RECORD = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_ONE = threading.RLock()
"""Several threads of one engine; other processes are kept out by the lab's own lock."""


@dataclass(frozen=True)
class LabMachines:
    """`ports.Machines` of a lab; reads its record at each call."""

    lab: str

    def make(self, name: str, on_line: OnLine) -> CloudMachine:
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} is no name of a machine", resolution="Use 1-30 of a-z, 0-9 and `-`.")
        begun = time.monotonic()
        with _ONE, held(self.lab, f"machine {name}"):
            known = _record(self.lab)
            if any(each.name == name and each.leaving for each in known.members):
                _take_away(known, name)
                known = _record(self.lab)
            known = _with(known, name)
            topology, machine = Topology(known), _machine(known, name)
            hosts.prepare(topology, machine)
            (hosts.folder(topology, machine) / "off").unlink(missing_ok=True)
            hosts.known_hosts(topology)
            if known != _record(self.lab):
                record.write(known)
        if not supervisor.alive(self.lab):
            raise RetailopsError(f"lab {self.lab} is not up", resolution="retailops lab up")
        said = bring_up.booted(topology, machine, begun + bring_up.PATIENCE)
        on_line(f"{name}: {said} after {time.monotonic() - begun:.1f} s")
        return _found(topology, next(each for each in known.members if each.name == name))

    def find(self, name: str) -> CloudMachine | None:
        known = _record(self.lab)
        spec = next((each for each in known.members if each.name == name and not each.leaving), None)
        return _found(Topology(known), spec) if spec else None

    def remove(self, name: str, on_line: OnLine) -> None:
        with _ONE, held(self.lab, f"machine {name}"):
            known = _record(self.lab)
            if any(each.name == name for each in known.members):
                _take_away(known, name)
                on_line(f"{name} is gone")


def _take_away(known: Record, name: str) -> None:
    """First the record says that it leaves, so that whoever is killed here is finished by the next call."""
    leaving = tuple(replace(each, leaving=True) if each.name == name else each for each in known.members)
    record.write(replace(known, members=leaving))
    machine = _machine(known, name)
    own = hosts.folder(Topology(known), machine)
    own.mkdir(parents=True, exist_ok=True)
    (own / "off").touch()
    mine = (each.pid for each in processes.of(record.folder(known.id)) if each.part == f"host:{name}")
    left = processes.end(mine) | cgroups.clear(known.id, name)
    if left:
        raise ToolError(f"processes of {name} would not end: {sorted(left)}", resolution="Repeat the command.")
    time.sleep(0.6)  # the supervisor has read the record by then
    spaces.remove(machine.space)
    hosts.forget(machine.space, own)
    shutil.rmtree(own)
    record.write(replace(known, members=tuple(each for each in known.members if each.name != name)))


def _with(known: Record, name: str) -> Record:
    if any(each.name == name for each in known.members):
        return known
    taken = {each.place for each in known.members}
    free = next((place for place in range(1, MEMBERS + 1) if place not in taken), None)
    if free is None:
        raise RetailopsError(f"the lab's cloud has {MEMBERS} machines already", resolution="Scale something in.")
    if name in {each.name for each in Topology(known).machines}:
        raise UsageError(f"the lab has a machine {name}", resolution="Choose another name.")
    return replace(known, members=(*known.members, MemberSpec(name, free)))


def _machine(known: Record, name: str) -> Machine:
    return Topology(known).member(next(each for each in known.members if each.name == name))


def _found(topology: Topology, spec: MemberSpec) -> CloudMachine:
    return CloudMachine(sites.host(topology, topology.member(spec)), member_address(spec))


def _record(lab: str) -> Record:
    known = record.read(lab)
    if known is None:
        raise RetailopsError(f"there is no lab {lab}", resolution="retailops lab up")
    return known


@dataclass(frozen=True)
class LabRecords:
    """`ports.machines.Records`: a file for each, in the lab's own folder, gone with it."""

    lab: str

    def get(self, key: str) -> Mapping[str, Json] | None:
        try:
            found: dict[str, Json] = json.loads(self._path(key).read_text())
        except FileNotFoundError:
            return None
        return found

    def put(self, key: str, value: Mapping[str, Json]) -> None:
        record.write_json(self._path(key), dict(value))

    def drop(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        kind, _, name = key.partition("/")
        if not (_NAME.fullmatch(kind) and _RECORD.fullmatch(name)):
            raise UsageError(f"{key!r} is no name of a record", resolution="Use 1-63 of a-z, 0-9 and `-`.")
        return record.folder(self.lab) / "cloud" / f"{kind}-{name}.json"
