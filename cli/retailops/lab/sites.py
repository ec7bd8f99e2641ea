"""The ports that a lab offers: where a store's machines are, and its lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from retailops.errors import RetailopsError
from retailops.lab import hosts, isp, record
from retailops.lab.topology import Machine, Topology
from retailops.ports import Direction, Host, Interface, Site

STANDS_IN = (
    "hosts: systemd-nspawn machines on this computer stand in for store hardware",
    "internet: two network namespaces with their own addresses and rates stand in for the providers",
    "devices: network namespaces with a DHCP client stand in for till, camera and a guest's phone",
    "hubs: one hub of the region's two, so that paths through the second are not there to be shown",
)


@dataclass(frozen=True)
class LabSites:
    """`ports.Sites` of a lab; reads its record at each call, so a store added later is found."""

    lab: str

    def site(self, store: str) -> Site:
        topology = _topology(self.lab)
        if store not in {each.id for each in topology.record.stores}:
            have = ", ".join(each.id for each in topology.record.stores)
            raise RetailopsError(
                f"store {store} is not in lab {self.lab}, which has {have}",
                resolution=f"retailops lab up {store} adds it.",
            )
        machines = [
            each for each in topology.machines if each.store in (None, store) and each.role not in ("cloud", "hci")
        ]
        uplinks = (each for each in topology.segments if each.store == store)
        return Site(
            store=store,
            hosts=tuple(host(topology, each) for each in machines),
            interfaces={each.name: _interfaces(each) for each in machines},
            endpoints={f"hub1/{each.uplink}": str(topology.hub_link(each.isp)[2]) for each in uplinks},
            stands_in=STANDS_IN,
        )


@dataclass(frozen=True)
class LabLines:
    """`ports.Lines` of a lab: the provider drops, no interface of the store goes down."""

    lab: str

    def cut(self, store: str, uplink: str, direction: Direction = "both") -> None:
        isp.cut(isp.segment(_topology(self.lab), store, uplink), direction)

    def heal(self, store: str, uplink: str) -> None:
        isp.heal(isp.segment(_topology(self.lab), store, uplink))

    def state(self, store: str) -> Mapping[str, str]:
        lines = (each for each in _topology(self.lab).segments if each.store == store)
        return {each.uplink: isp.state(each) for each in lines}


def _topology(lab: str) -> Topology:
    known = record.read(lab)
    if known is None:
        raise RetailopsError(f"there is no lab {lab}", resolution="retailops lab up")
    return Topology(known)


def host(topology: Topology, machine: Machine) -> Host:
    """How the controller reaches a machine."""
    if not machine.is_host:
        return Host(machine.name, "device", machine.space, machine.store, machine.zone, transport="netns")
    ssh = record.folder(topology.record.id) / "ssh"
    return Host(
        machine.name,
        machine.role,
        machine.management,
        machine.store,
        identity=hosts.identity(topology),
        known_hosts=ssh / "known_hosts",
    )


def _interfaces(machine: Machine) -> tuple[Interface, ...]:
    return tuple(Interface(wire.network, wire.device) for wire in machine.wires)
