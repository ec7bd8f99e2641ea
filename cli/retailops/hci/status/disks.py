"""Where each disk of fleet.yaml is and where it was found: one line for each that is gone, elsewhere or down. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from retailops.hci.wanted import DISKS
from retailops.model.hosts import Hci
from retailops.ports import Json
from retailops.render.hci import osd_id

RUNBOOK = "docs/runbooks/disk-fails.en.md"


@dataclass(frozen=True)
class Disk:
    """A disk of fleet.yaml; `uuid` is that of its OSD, `path` where its host has it."""

    serial: str
    uuid: str
    path: str
    host: str
    slot: str
    rack: str

    @property
    def place(self) -> str:
        return f"{self.host} (slot {self.slot}, rack {self.rack})"


@dataclass(frozen=True)
class Found:
    """The disks that a host has: path -> uuid of the OSD on it, "" for none; and those that can't be read, with why."""

    disks: Mapping[str, str]
    unreadable: Mapping[str, str]


Seen = Mapping[str, Found | None]
"""Host -> what it has; None for one that does not answer."""


def described(hci: Hci, chain: str) -> tuple[Disk, ...]:
    folder = DISKS[hci.backend]
    return tuple(
        Disk(serial, str(osd_id(chain, serial)), f"{folder}/{serial}", host.id, slot, host.rack)
        for host in hci.hosts
        for slot, serial in host.disks.items()
    )


def astray(disks: Iterable[Disk], seen: Seen) -> Iterator[str]:
    """One line for each disk that its host hasn't, where the host could be asked."""
    known = tuple(disks)
    owners = {disk.uuid: disk for disk in known}
    for disk in known:
        found = seen.get(disk.host)
        if found is None:
            continue
        if disk.path in found.unreadable:
            yield f"disk {disk.serial} in {disk.place} can't be read: {found.unreadable[disk.path]}"
        elif disk.path not in found.disks:
            yield _gone(disk, seen)
        elif (other := owners.get(found.disks[disk.path], disk)) != disk:
            yield f"disk {disk.serial} in {disk.place} carries what belongs on disk {other.serial} of {other.place}"


def _gone(disk: Disk, seen: Seen) -> str:
    elsewhere = [name for name, found in seen.items() if found and disk.path in found.disks]
    if elsewhere:
        return f"disk {disk.serial} is in {elsewhere[0]}, and fleet.yaml has it in {disk.place}"
    return f"disk {disk.serial} is gone from {disk.place}"


def down(disks: Iterable[Disk], osds: Iterable[Mapping[str, Json]], seen: Seen) -> Iterator[str]:
    """One line for each OSD that is down: which disk, where it is, and which of disk, process and host failed."""
    owners = {disk.uuid: disk for disk in disks}
    for osd in osds:
        if osd["up"]:
            continue
        name, disk = f"osd.{osd['id']}", owners.get(osd["uuid"])
        if disk is None:
            yield f"{name} on {osd['host']} is no disk of fleet.yaml; retailops hci replace takes it out"
        elif seen.get(disk.host) is None:
            yield f"{name}, disk {disk.serial}: {disk.place} does not answer"
        elif wrong := list(astray([disk], seen)):
            yield f"{name}: {wrong[0]}; {RUNBOOK}"
        else:
            unit = f"ceph-osd@{osd['id']}"
            yield f"{name}: disk {disk.serial} is in {disk.place}, and its process does not run: journalctl -u {unit}"
