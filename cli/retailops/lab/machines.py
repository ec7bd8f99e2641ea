"""What a host is doing now, asked of its own init."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from retailops.lab import cgroups, hosts, processes, record
from retailops.lab.topology import Machine, Topology


@dataclass(frozen=True)
class HostState:
    """`system` is what `systemctl is-system-running` says, or `off`, `starting`, `dead`; `booted` is Unix time, `memory` bytes."""

    name: str
    role: str
    system: str
    leader: int | None
    booted: float | None
    address: str
    memory: int | None


def leader(topology: Topology, machine: Machine, parts: Mapping[str, processes.Process] | None = None) -> int | None:
    """The process that is init in the host, None when it isn't running."""
    known = parts if parts is not None else processes.parts(record.folder(topology.record.id))
    nspawn = known.get(f"host:{machine.name}")
    return processes.child(nspawn.pid) if nspawn else None


def within(pid: int, *argv: str) -> list[str]:
    """The argv that runs a command in the machine whose init is `pid`, without the rights that the machine hasn't either.

    nsenter alone would keep the caller's: `date -s` in a host would set this computer's clock.
    """
    rights = ["setpriv", f"--bounding-set={','.join('-' + name.lower() for name in hosts.WITHHELD)}", "--"]
    return ["nsenter", "-t", str(pid), "-m", "-u", "-i", "-n", "-p", "-C", "--", *rights, *argv]


def system(pid: int, timeout: float = 5.0) -> str:
    """`running`, `degraded`, `starting`…, as the host's init says; `starting` while it can't answer."""
    try:
        done = subprocess.run(
            within(pid, "systemctl", "is-system-running"),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "starting"
    return done.stdout.strip() or "starting"


def failed_units(pid: int) -> list[str]:
    argv = within(pid, "systemctl", "--failed", "--plain", "--no-legend")
    done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return [line.split()[0] for line in done.stdout.splitlines() if line.strip()]


def states(topology: Topology) -> list[HostState]:
    """All hosts of the lab, asked side by side."""
    known = processes.parts(record.folder(topology.record.id))
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda machine: _state(topology, machine, known), topology.hosts))


def _state(topology: Topology, machine: Machine, known: Mapping[str, processes.Process]) -> HostState:
    pid = leader(topology, machine, known)
    if pid is None:
        off = (hosts.folder(topology, machine) / "off").exists()
        return HostState(machine.name, machine.role, "off" if off else "dead", None, None, machine.management, None)
    memory = cgroups.memory(topology.record.id, machine.name)
    booted = processes.started(pid)
    return HostState(machine.name, machine.role, system(pid), pid, booted, machine.management, memory)
