"""What a lab is doing now: hosts, devices, lines, as values."""

from __future__ import annotations

from dataclasses import dataclass

from retailops.lab import devices, isp, supervisor
from retailops.lab.labs import Lab
from retailops.lab.machines import HostState, states


@dataclass(frozen=True)
class DeviceState:
    """`lease` is what its DHCP client was given: address, router, dns, ntp, domain, server; empty before."""

    name: str
    zone: str
    namespace: str
    lease: dict[str, str]


@dataclass(frozen=True)
class LineState:
    """`name` is `store/uplink`; `state` is `up`, the cut direction, or `gone`."""

    name: str
    isp: str
    state: str


@dataclass(frozen=True)
class Report:
    """A lab as it is now; `supervisor` is `running` or `dead`."""

    id: str
    namespace: str
    slice: str
    supervisor: str
    hosts: list[HostState]
    devices: list[DeviceState]
    lines: list[LineState]


def report(lab: Lab) -> Report:
    """Asks every host's init, side by side; takes up to some seconds where one doesn't answer."""
    topology = lab.topology
    found = [
        DeviceState(each.name, each.zone or "", each.space, devices.lease(topology, each)) for each in topology.devices
    ]
    lines = [LineState(f"{each.store}/{each.uplink}", each.isp, isp.state(each)) for each in topology.segments]
    keeper = "running" if supervisor.alive(lab.id) else "dead"
    return Report(lab.id, lab.namespace, str(topology.slice), keeper, states(topology), found, lines)
