"""In which order daemons of a cluster that serves may stop: monitors one by one, managers too, disks by rack. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

KINDS = {"mon": "monitor", "mgr": "manager", "osd": "disk", "rbd-mirror": "copier"}
"""Ceph's own order of an upgrade."""


@dataclass(frozen=True)
class Daemon:
    """One daemon as probe `ceph_daemons` found it; `behind` says why a restart would make another one of it, `failed` why it does not run."""

    kind: str
    id: str
    host: str
    rack: str
    unit: str
    version: str
    ready: bool
    behind: tuple[str, ...] = ()
    failed: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}.{self.id}"


@dataclass(frozen=True)
class Turn:
    """What stops together. `rack` is set where disks stop, and nothing of it may be declared lost meanwhile."""

    what: str
    daemons: tuple[Daemon, ...]
    rack: str = ""

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(daemon.host for daemon in self.daemons))


def turns(daemons: Iterable[Daemon], active: str) -> Iterator[Turn]:
    """`active` is the manager that leads: it comes last, so that another takes over only once."""
    todo = tuple(daemons)
    yield from _singly(todo, "mon")
    yield from _singly(sorted(todo, key=lambda daemon: daemon.id == active), "mgr")
    disks = tuple(daemon for daemon in todo if daemon.kind == "osd")
    for rack in dict.fromkeys(daemon.rack for daemon in disks):
        here = tuple(daemon for daemon in disks if daemon.rack == rack)
        yield Turn(f"{len(here)} disk{'' if len(here) == 1 else 's'} of rack {rack}", here, rack)
    yield from _singly(todo, "rbd-mirror")


def _singly(daemons: Iterable[Daemon], kind: str) -> Iterator[Turn]:
    yield from (Turn(f"{KINDS[kind]} of {each.host}", (each,)) for each in daemons if each.kind == kind)
