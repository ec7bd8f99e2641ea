"""What stands where in a store, as the certificate draws it: taken from the design alone."""

from __future__ import annotations

from typing import Any

from retailops.model import StoreDesign, Text


def store_entry(design: StoreDesign) -> dict[str, Any]:
    """The store as a person knows it."""
    store = design.store
    return {
        "id": store.id,
        "name": text(store.name),
        "region": {"id": design.region.id, "name": text(design.region.name)},
        "format": {"id": design.format.id, "name": text(design.format.name)},
        "address": None if store.address is None else text(store.address),
        "index": store.index,
        "generation": store.generation,
        "timezone": store.timezone,
        "opens": store.opens.isoformat(),
    }


def numbers_entry(design: StoreDesign) -> dict[str, Any]:
    """Its addresses: the whole, each zone, each tunnel."""
    numbers = design.numbers
    return {
        "supernet": str(numbers.supernet),
        "asn": numbers.asn,
        "services": str(numbers.service_range),
        "centre": [str(prefix) for prefix in design.wan.centre],
        "domain": design.domain,
        "zones": [
            {
                "name": zone.name,
                "prefix": str(zone.prefix),
                "gateway": str(zone.gateway),
                "dhcp": None if zone.dhcp is None else [str(end) for end in zone.dhcp],
            }
            for zone in design.zones.values()
        ],
        "tunnels": [
            {
                "plane": tunnel.plane,
                "uplink": tunnel.uplink,
                "hub": tunnel.hub,
                "address": str(tunnel.address),
                "hubAddress": str(tunnel.hub_address),
                "gateway": tunnel.gateway,
            }
            for tunnel in design.tunnels
        ],
    }


def topology_entry(design: StoreDesign) -> dict[str, Any]:
    """Hubs, lines, boxes and devices."""
    return {
        "hubs": [{"id": hub.id, "site": None if hub.site is None else text(hub.site)} for hub in design.region.hubs],
        "uplinks": [
            {"id": line.id, "kind": line.kind, "carrier": line.carrier, "plane": line.plane, "down": line.down_mbit}
            for line in design.uplinks
        ],
        "boxes": [
            {
                "name": box.name,
                "host": box.host,
                "role": box.role,
                "cluster": box.cluster,
                "address": str(box.address),
                "serial": box.serial,
            }
            for box in design.boxes
        ],
        "devices": [
            {
                "id": device.id,
                "kind": device.kind,
                "zone": device.zone,
                "address": None if device.address is None else str(device.address),
            }
            for device in design.devices
        ],
        "workloads": [workload.id for workload in design.workloads],
    }


def text(value: Text) -> dict[str, str]:
    return {"zh": value.zh, "en": value.en}
