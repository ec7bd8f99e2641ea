"""What must hold among the virtual machines of fleet.yaml; whether hosts have room for them is judged by `retailops hci plan`."""

from __future__ import annotations

from collections.abc import Iterator

from retailops.model.faults import Fault, repeated
from retailops.model.hosts import Hci
from retailops.model.machines import Machine, Zone
from retailops.model.values import nearest


def machine_faults(hci: Hci) -> Iterator[Fault]:
    """Every fault of zones, images and machines, with its place under `hci`."""
    for kind in ("zones", "images", "machines"):
        yield from repeated((kind,), "id", [item.id for item in getattr(hci, kind)])
    yield from repeated(("machines",), "address", [str(machine.address) for machine in hci.machines])
    yield from _zones(hci)
    known = {kind: [item.id for item in getattr(hci, f"{kind}s")] for kind in ("zone", "image", "pool")}
    zones = {zone.id: zone for zone in hci.zones}
    for n, machine in enumerate(hci.machines):
        for kind, ids in known.items():
            if (value := getattr(machine, kind)) not in ids:
                yield ("machines", n, kind), f"{value} is no {kind} of hci{nearest(value, ids)}"
        if machine.zone in zones:
            yield from ((("machines", n, "address"), message) for message in _address(machine, zones[machine.zone]))
        if machine.id in [host.id for host in hci.hosts]:
            yield ("machines", n, "id"), f"{machine.id} is a host"
    if hci.machines and not hci.with_role("machines"):
        yield ("machines",), "no host has the role machines"


def _zones(hci: Hci) -> Iterator[Fault]:
    ways: dict[str, str] = (
        {f"interface {hci.hypervisor.trunk}": "the trunk of the VLANs"} if any(z.vlan for z in hci.zones) else {}
    )
    for n, zone in enumerate(hci.zones):
        if (zone.vlan is None) == (zone.interface is None):
            yield ("zones", n), f"zone {zone.id} takes either vlan or interface"
            continue
        way = f"VLAN {zone.vlan}" if zone.vlan else f"interface {zone.interface}"
        if way in ways:
            yield ("zones", n), f"{way} is {ways[way]} already"
        ways.setdefault(way, f"zone {zone.id}'s")
        if zone.gateway and zone.gateway not in zone.prefix:
            yield ("zones", n, "gateway"), f"{zone.gateway} is not in {zone.prefix}"


def _address(machine: Machine, zone: Zone) -> Iterator[str]:
    ends = (zone.prefix.network_address, zone.prefix.broadcast_address)
    if machine.address not in zone.prefix or machine.address in ends:
        yield f"{machine.address} is no machine's address in zone {zone.id} {zone.prefix}"
    if machine.address == zone.gateway:
        yield f"{machine.address} is zone {zone.id}'s gateway"
