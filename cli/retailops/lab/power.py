"""The power of a hyperconverged host, as its switch has it and as the host itself shows it."""

from __future__ import annotations

import time
from typing import Literal

from retailops.errors import ToolError
from retailops.lab import cgroups, hosts, processes, record
from retailops.lab.topology import Machine, Topology

State = Literal["On", "Off", "PoweringOff"]
_STARTING = 0.6
"""Seconds within which the supervisor has seen that a host stays off."""


def state(topology: Topology, machine: Machine) -> State:
    """`Off` only where it was switched off and no process of the host is left."""
    if not (hosts.folder(topology, machine) / "off").exists():
        return "On"
    return "PoweringOff" if _processes(topology, machine) else "Off"


def off(topology: Topology, machine: Machine) -> None:
    """Gone at once. First a file says that it stays off; the second time ends what the supervisor was just starting."""
    if state(topology, machine) == "Off":
        return
    (hosts.folder(topology, machine) / "off").touch()
    _end(topology, machine)
    time.sleep(_STARTING)
    if left := _end(topology, machine):
        raise ToolError(f"processes of {machine.name} would not end: {sorted(left)}", resolution="Repeat the command.")


def on(topology: Topology, machine: Machine) -> None:
    """The supervisor starts it within a second; nothing happens where it is on."""
    (hosts.folder(topology, machine) / "off").unlink(missing_ok=True)


def _end(topology: Topology, machine: Machine) -> set[int]:
    return processes.end(_processes(topology, machine)) | cgroups.clear(topology.record.id, machine.name)


def _processes(topology: Topology, machine: Machine) -> set[int]:
    mine = {each.pid for each in processes.of(record.folder(topology.record.id)) if each.part == f"host:{machine.name}"}
    return mine | cgroups.members(topology.record.id, machine.name)
