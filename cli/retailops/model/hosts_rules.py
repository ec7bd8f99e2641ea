"""What must hold within the hyperconverged hosts of fleet.yaml."""

from __future__ import annotations

from collections.abc import Iterator

from retailops.model.chain import FleetFile
from retailops.model.faults import Fault, repeated
from retailops.model.hosts import NETWORKS, Hci, Host
from retailops.model.machines_rules import machine_faults
from retailops.model.parsing import Loc
from retailops.model.sites_rules import both_sites
from retailops.model.values import nearest

MONITORS = (3, 5, 7)


def host_faults(fleet: FleetFile) -> Iterator[Fault]:
    """Every fault of both sites that needs fleet.yaml only; what they promise to survive is judged by `retailops hci plan`."""
    for site, hci in (("hci", fleet.hci), ("recovery", fleet.recovery)):
        yield from (((site, *loc), message) for loc, message in _site(hci, fleet.environment == "production"))
    yield from both_sites(fleet.hci, fleet.recovery)


def _site(hci: Hci, production: bool) -> Iterator[Fault]:
    for kind in ("rooms", "racks", "models", "hosts", "pools"):
        yield from repeated((kind,), "id", [item.id for item in getattr(hci, kind)])
    yield from repeated(("hosts",), "number", [host.number for host in hci.hosts])
    yield from _named(hci)
    yield from machine_faults(hci)
    if hci.hosts:
        yield from _whole(hci)
    if production:
        yield from _production(hci)


def _named(hci: Hci) -> Iterator[Fault]:
    rooms, racks, models = ([item.id for item in items] for items in (hci.rooms, hci.racks, hci.models))
    for n, rack in enumerate(hci.racks):
        if rack.room not in rooms:
            yield ("racks", n, "room"), f"{rack.room} is no room{nearest(rack.room, rooms)}"
    for n, host in enumerate(hci.hosts):
        for field, value, known in (("rack", host.rack, racks), ("model", host.model, models)):
            if value not in known:
                yield ("hosts", n, field), f"{value} is no {field} of hci{nearest(value, known)}"
    hosts = {host.id: host for host in hci.hosts}
    if hci.tie_break and hci.tie_break not in hosts:
        yield ("tieBreak",), f"{hci.tie_break} is no host{nearest(hci.tie_break, hosts)}"
    elif hci.tie_break and "monitor" not in hosts[hci.tie_break].roles:
        yield ("tieBreak",), f"{hci.tie_break} has not the role monitor, and decides by its vote"
    yield from _disks(hci)


def _disks(hci: Hci) -> Iterator[Fault]:
    slots = {model.id: [slot.id for slot in model.slots] for model in hci.models}
    owners: dict[str, str] = {}
    for n, host in enumerate(hci.hosts):
        here: Loc = ("hosts", n, "disks")
        for slot, serial in host.disks.items():
            if host.model in slots and slot not in slots[host.model]:
                yield (*here, slot), f"{host.model} has no slot {slot}{nearest(slot, slots[host.model])}"
            if serial in owners:
                yield (*here, slot), f"the disk {serial} is in {owners[serial]} already"
            owners.setdefault(serial, f"{host.id} {slot}")
        if host.disks and "storage" not in host.roles:
            yield here, f"{host.id} has not the role storage, and disks for it"
        if not host.disks and "storage" in host.roles:
            yield ("hosts", n), f"{host.id} has the role storage and no disks"


def _whole(hci: Hci) -> Iterator[Fault]:
    if missing := [name for name in NETWORKS if name not in hci.prefixes]:
        yield ("prefixes",), f"lacks {', '.join(missing)}, where hosts have their addresses"
    for n, host in enumerate(hci.hosts):
        yield from ((("hosts", n, "number"), message) for message in _outside(hci, host))
    monitors = len(hci.with_role("monitor"))
    if monitors not in MONITORS:
        yield ("hosts",), f"{monitors} have the role monitor; a majority needs 3, 5 or 7"
    if not hci.pools:
        yield (), "lacks pools: nothing could be kept on these hosts"


def _outside(hci: Hci, host: Host) -> Iterator[str]:
    for name in NETWORKS:
        prefix = hci.prefixes.get(name)
        if prefix and host.number >= prefix.num_addresses - 1:
            yield f"{host.number} has no address in {name} {prefix}"


def _production(hci: Hci) -> Iterator[Fault]:
    if hci.hosts and hci.backend != "cephadm":
        yield ("backend",), "production uses cephadm on disks"
    if hci.hypervisor.acceleration != "kvm":
        yield ("hypervisor", "acceleration"), "emulation is for a lab"
    for n, host in enumerate(hci.hosts):
        if "machines" in host.roles and host.controller is None:
            yield ("hosts", n), f"{host.id} lacks controller: nobody could prove that its power is off"
        if host.controller and host.controller.password.startswith(("file:", "env:")):
            yield ("hosts", n, "controller", "password"), "file: and env: are for a lab; use sops: or vault:"
