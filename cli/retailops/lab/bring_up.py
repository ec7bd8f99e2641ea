"""`lab up`: builds what is missing, repairs what is broken, leaves alone what runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from retailops.errors import RetailopsError, ToolError
from retailops.lab import (
    base,
    controllers,
    devices,
    hosts,
    layer,
    machines,
    network,
    processes,
    record,
    slices,
    spaces,
    supervisor,
)
from retailops.lab.held import all_labs, held
from retailops.lab.record import HciSpec, Record, StoreSpec
from retailops.lab.requirements import preflight, scarce
from retailops.lab.topology import Machine, Topology

OnLine = Callable[[str], None]
PATIENCE = 90.0


def up(
    lab: str, fleet: Path, stores: tuple[StoreSpec, ...], on_line: OnLine, hci: tuple[HciSpec, ...] = ()
) -> Topology:
    """Brings the lab up with these stores and hosts beside those it has; returns when every host's init says it is done.

    May run twice and after a death at any point. Raises RetailopsError for what is missing here, Locked, ToolError.
    """
    if not processes.of(record.folder(lab)):
        _require()
    base.build(on_line)
    over = str(layer.build(layer.HCI, on_line)) if hci else ""
    with held(lab, "lab up"):
        topology = Topology(_settle(lab, fleet).with_stores(stores).with_hci(hci, over))
        network.ensure(topology)
        hosts.identity(topology)
        for machine in topology.hosts:
            hosts.prepare(topology, machine)
            (hosts.folder(topology, machine) / "off").unlink(missing_ok=True)
        for spec in topology.record.hci:
            if spec.controller:
                controllers.password(topology, spec.controller)
        for device in topology.devices:
            devices.prepare(topology, device)
        hosts.known_hosts(topology)
        if record.read(lab) != topology.record:
            record.write(topology.record)
        _repair(topology, on_line)
        for machine in topology.hosts:
            if machine.role == "hci":
                network.reroute(machine)
        supervisor.start(lab)
        _wait(topology, on_line)
    return topology


def _require() -> None:
    if missing := preflight():
        raise RetailopsError(
            "this computer can't run a lab: " + "; ".join(each.what for each in missing),
            resolution="; ".join(dict.fromkeys(each.how for each in missing)),
        )


def _settle(lab: str, fleet: Path) -> Record:
    """The lab's record; where there is none, one with a free slice, which its link to the computer then takes."""
    with all_labs():
        known = record.read(lab)
        if known is None:
            known = Record(lab, str(fleet.resolve()), str(base.path()), slices.choose())
            record.write(known)
            network.ensure_root(Topology(known))
    if not Path(known.base).is_dir():
        if processes.of(record.folder(lab)):
            raise RetailopsError(
                f"the base image of lab {lab} is gone: {known.base}", resolution="retailops lab up --fresh"
            )
        known = replace(known, base=str(base.path()))
    return known


def _repair(topology: Topology, on_line: OnLine) -> None:
    """Ends what runs in a namespace that is no longer the lab's, or whose cables are gone; the supervisor starts it anew."""
    running = processes.parts(record.folder(topology.record.id))
    spaces_of = {f"host:{host.name}": host for host in topology.hosts}
    spaces_of |= {f"device:{device.name}": device for device in topology.devices}
    for name, process in running.items():
        if machine := spaces_of.get(name):
            sick = _moved(process.pid, machine.space) or not network.plugged(machine)
        else:
            segments = (s.space for s in topology.segments if name == f"dhcp:{s.store}/{s.uplink}")
            sick = any(_moved(process.pid, space) for space in segments)
        if sick:
            on_line(f"{name.partition(':')[2]}: its network is gone, starting it again")
            processes.end([process.pid])


def _moved(pid: int, space: str) -> bool:
    try:
        return processes.namespace(pid) != spaces.path(space).stat().st_ino
    except OSError:
        return True


def _wait(topology: Topology, on_line: OnLine) -> None:
    begun = time.monotonic()

    def one(machine: Machine) -> None:
        said = booted(topology, machine, begun + PATIENCE)
        on_line(f"{machine.name}: {said} after {time.monotonic() - begun:.1f} s")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, topology.hosts))


def booted(topology: Topology, machine: Machine, limit: float) -> str:
    """What the host's init says once it is done; ToolError when it can't be started, or takes too long."""
    own = hosts.folder(topology, machine)
    tries = time.monotonic() + 8
    while time.monotonic() < limit:
        pid = machines.leader(topology, machine)
        said = machines.system(pid) if pid else "off"
        if pid and said == "running":
            return said
        if pid and said == "degraded":
            return f"degraded ({', '.join(machines.failed_units(pid))})"
        if time.monotonic() > tries and ((own / "console.error").exists() or (pid and scarce(2))):
            break
        time.sleep(0.25)
    last = next((path for name in ("console.error", "console.log") if (path := own / name).exists()), None)
    raise ToolError(
        f"host {machine.name} of lab {topology.record.id} did not boot",
        details=last.read_text(errors="replace")[-1500:] if last else None,
        resolution=_way_out(own),
    )


def _way_out(own: Path) -> str:
    short = [f"{each.what}. {each.how}" for each in scarce(2)]
    return "; ".join([*short, f"its console is in {own}; retailops lab up --fresh builds the lab anew."])
