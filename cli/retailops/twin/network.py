"""What of a simulated store's network works now: which tunnels stand, what may be reached, how the overlay looks from a box."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Any

from retailops.model import StoreDesign, Tunnel
from retailops.render.plugs import interface_of
from retailops.render.zones import allowed
from retailops.twin.lines import cuts
from retailops.twin.machines import played
from retailops.twin.sites import HUB
from retailops.twin.world import CENTRE, Document

Documents = dict[str, Document]


def tunnels(design: StoreDesign) -> list[Tunnel]:
    """Those to the one hub that is there."""
    return [tunnel for tunnel in design.tunnels if tunnel.hub == HUB]


def stands(documents: Documents, design: StoreDesign, tunnel: Tunnel) -> bool:
    """Both ends are configured and the line is whole."""
    store = documents[design.id]
    gateway = design.box(tunnel.gateway).host
    ends = played(store, gateway, "wan") and played(documents[CENTRE], HUB, "wan")
    return ends and tunnel.uplink not in cuts(store)


def connected(documents: Documents, design: StoreDesign) -> bool:
    """Whether the centre and the store reach each other at all."""
    return any(stands(documents, design, tunnel) for tunnel in tunnels(design))


def outcome(documents: Documents, design: StoreDesign, source: str, check: Mapping[str, Any]) -> str:
    """What the probe `passage` finds for one check from a zone, `centre` or `internet`; before any play nothing passes."""
    address = IPv4Address(check["address"])
    if not played(documents[design.id], design.boxes[0].host, "wan") or source == "internet":
        return "filtered"
    target = _target(design, address)
    if "centre" in (source, target) and not connected(documents, design):
        return "filtered"
    if target == "gateway" and address != design.zones["edge" if source == "centre" else source].gateway:
        return "filtered"
    permitted = target == source or allowed(design, source, target, check["protocol"], check.get("port"))
    return "open" if permitted else "filtered"


def _target(design: StoreDesign, address: IPv4Address) -> str:
    for zone in design.zones.values():
        if address == zone.gateway:
            return "gateway"
        if address in zone.prefix:
            return zone.name
    return "centre" if any(address in prefix for prefix in design.wan.centre) else "internet"


def key_of(host: str, interface: str) -> str:
    """A public key that is always the same for the same place."""
    return base64.b64encode(hashlib.sha256(f"{host}/{interface}".encode()).digest()).decode()


def wan_state(documents: Documents, design: StoreDesign, host: str) -> dict[str, Any]:
    """The answer of the probe of that name, for the gateway or for the hub."""
    if not played(documents[CENTRE if host == HUB else design.id], host, "wan"):
        return {"tunnels": {}, "bgp": {}, "bfd": {}, "routes": {}, "uplinks": {}}
    state: dict[str, Any] = {"tunnels": {}, "bgp": {}, "bfd": {}, "routes": {}, "uplinks": _leases(design)}
    for tunnel in tunnels(design):
        up = stands(documents, design, tunnel)
        own, other = (HUB, design.box(tunnel.gateway).host) if host == HUB else (host, HUB)
        name = interface_of(tunnel.plane)
        peer = {
            "endpoint": f"198.51.100.1:{tunnel.hub_port}",
            "allowed": [f"{tunnel.address}/32"],
            "age": 5.0 if up else None,
        }
        state["tunnels"][name] = {"public_key": key_of(own, name), "peers": {key_of(other, name): peer}}
        neighbour, asn = (tunnel.address, design.numbers.asn) if host == HUB else (tunnel.hub_address, tunnel.hub_asn)
        state["bgp"][str(neighbour)] = {"state": "Established" if up else "Active", "asn": asn, "prefixes": 2}
        state["bfd"][str(neighbour)] = "up" if up else "down"
        for prefix in design.numbers.announced if host == HUB else design.wan.centre:
            state["routes"].setdefault(str(prefix), [name] if up else [])
            state["routes"][str(prefix)] = state["routes"][str(prefix)] or ([name] if up else [])
    return state


def _leases(design: StoreDesign) -> dict[str, Any]:
    return {
        f"wan-{uplink.id}": {"address": f"203.0.113.{n}", "gateway": "203.0.113.254", "table": str(100 + n)}
        for n, uplink in enumerate(design.uplinks, start=1)
    }
