"""From a store's description to its place in a lab."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retailops.errors import UsageError
from retailops.lab.record import ControllerSpec, DeviceSpec, DiskSpec, HciSpec, StoreSpec, UplinkSpec
from retailops.lab.topology import mac
from retailops.model import Fleet, Store
from retailops.model.hosts import Hci, Host

_RATES = {
    "fibre": (300, 300),
    "leased": (200, 200),
    "cable": (200, 50),
    "dsl": (100, 40),
    "5g": (150, 50),
    "lte": (50, 20),
}
"""Mbit/s down and up where a store's file says nothing."""


def specs(fleet: Fleet, ids: Sequence[str]) -> tuple[StoreSpec, ...]:
    """The stores with these ids, or the fleet's first that the lab can build; UsageError for one that it can't."""
    if not ids:
        ids = _first(fleet)
    return tuple(_spec(fleet, _store(fleet, each)) for each in dict.fromkeys(ids))


def _first(fleet: Fleet) -> tuple[str, ...]:
    for store in fleet.stores.values():
        if not _unfit(fleet, store):
            return (store.id,)
    raise UsageError(
        "no store of the fleet is compact: one gateway, one server", resolution="Name a store of that format."
    )


def _store(fleet: Fleet, store: str) -> Store:
    if store not in fleet.stores:
        raise UsageError(f"the fleet has no store {store!r}", resolution="retailops store list shows them.")
    return fleet.stores[store]


def _unfit(fleet: Fleet, store: Store) -> str | None:
    kind = fleet.formats[store.format]
    if (kind.gateways, kind.servers) != (1, 1):
        return f"format {kind.id} has {kind.gateways} gateways and {kind.servers} servers; the lab builds one and one"
    if not store.uplinks:
        return "it has no uplinks"
    return None


def _spec(fleet: Fleet, store: Store) -> StoreSpec:
    if reason := _unfit(fleet, store):
        raise UsageError(f"the lab can't build store {store.id}: {reason}", resolution="Choose a compact store.")
    zones = tuple(fleet.formats[store.format].zones)
    return StoreSpec(store.id, zones, tuple(_uplinks(store)), tuple(_devices(store, zones)))


def _uplinks(store: Store) -> Iterator[UplinkSpec]:
    for uplink in store.uplinks:
        down, up = _RATES.get(uplink.kind, (100, 100))
        yield UplinkSpec(uplink.id, uplink.plane.lower(), uplink.down_mbit or down, uplink.up_mbit or up)


def _devices(store: Store, zones: Sequence[str]) -> Iterator[DeviceSpec]:
    """A till and a camera as the store's file has them, else made up; and a guest, whom no file knows."""
    for zone, name in (("pos", "pos1"), ("iot", "cam1"), ("guest", "guest1")):
        if zone not in zones:
            continue
        known = next((device for device in store.devices if device.zone == zone), None)
        yield DeviceSpec(name, zone, str(known.mac) if known else mac(store.id, name))


def hci_specs(hci: Hci) -> tuple[HciSpec, ...]:
    """Every hyperconverged host of the fleet, as the lab builds it; UsageError for a controller that it can't."""
    return tuple(
        HciSpec(host.id, host.rack, host.number, str(hci.prefixes["storage"]), _disks(hci, host), _controller(host))
        for host in hci.hosts
    )


def _disks(hci: Hci, host: Host) -> tuple[DiskSpec, ...]:
    sizes = {slot.id: slot.gib for slot in hci.model_of[host.id].slots}
    return tuple(DiskSpec(serial, sizes[slot]) for slot, serial in host.disks.items())


def _controller(host: Host) -> ControllerSpec | None:
    if (known := host.controller) is None:
        return None
    kind, _, path = known.password.partition(":")
    if known.kind != "redfish" or kind != "file":
        raise UsageError(
            f"the lab can't build the controller of {host.id}: it speaks redfish, and its password is in a file",
            resolution="Give it kind: redfish and password: file:PATH, where a missing file is drawn.",
        )
    return ControllerSpec(str(known.address), known.user, path)
