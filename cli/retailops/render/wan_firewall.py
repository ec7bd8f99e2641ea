"""The firewall of a gateway and of a hub, from the permissions: which packets a box passes, and by which plugs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from retailops.addressing import CENTRE_RANGE, PLANES, POD_RANGE, STORE_RANGES, TUNNEL_RANGE, zone_match
from retailops.model import StoreDesign
from retailops.ports import RenderedFile, Site
from retailops.render.plugs import interface_of, plug, plugged, tunnels
from retailops.render.text import rendered
from retailops.render.zones import CENTRAL, LEASES, Permission, permissions

PATH = "/etc/retailops/firewall.nft"
_PRIVATE = ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3")
_ANYONE = "0.0.0.0"
_BROADCAST = "255.255.255.255"
_OVERLAY = ("tcp dport 179", "udp dport 3784", "icmp type echo-request")
POD_BRIDGE = "cni0"
API = 6443


@dataclass(frozen=True)
class _Plugs:
    """Devices by what they are for."""

    zones: dict[str, tuple[str, ...]]
    uplinks: tuple[str, ...]
    tunnels: tuple[str, ...]
    management: str | None


def store_firewall(design: StoreDesign, site: Site, host: str) -> RenderedFile:
    """The gateway's: between its zones, the overlay and the internet."""
    plugs = _store_plugs(design, site, host)
    wanted = permissions(design)
    return rendered(
        "wan/firewall.nft.j2",
        host=host,
        sets=_sets(design),
        spoofed=[*_spoofed_in_zones(design, plugs), *_spoofed_outside(design, site, plugs)],
        input=[*_administration(plugs.management), *_pods(design)]
        + [*_leases_of(plugs.uplinks), *_hubs(design, site, plugs)]
        + [rule for each in wanted for rule in _into_gateway(design, plugs, each)],
        never=[f"oifname {_names(plugs.uplinks)} ip daddr @private"],
        forward=[rule for each in wanted for rule in _through(plugs, each)],
        masquerade=f"oifname {_names(plugs.uplinks)} ip saddr @stores",
    )


def hub_firewall(design: StoreDesign, site: Site, hub: str) -> RenderedFile:
    """The hub's: between all stores and the centre, never from store to store; it names no store, so it is the same for each."""
    overlay = _names(interface_of(plane) for plane in hub_planes(design, hub))
    centre = plug(site, hub, "centre")
    uplinks = [each.device for each in site.interfaces.get(hub, ()) if each.network.startswith("uplink:")]
    ports = sorted(hub_port(design, plane) for plane in hub_planes(design, hub))
    return rendered(
        "wan/firewall.nft.j2",
        host=hub,
        sets=[*_sets(design), ("tunnels", [TUNNEL_RANGE])],
        spoofed=[
            f"iifname {overlay} ip saddr != {{ {', '.join(map(str, (*STORE_RANGES, TUNNEL_RANGE)))} }}",
            f"iifname {_names(uplinks)} ip saddr {{ {', '.join(map(str, (*STORE_RANGES, CENTRE_RANGE)))} }}",
        ],
        input=[
            *_administration(plugged(site, hub, "management")),
            f"iifname {_names(uplinks)} udp dport {_ports(ports)}",
            *(f"iifname {overlay} ip saddr @tunnels {what}" for what in _OVERLAY),
            f'iifname "{centre}" tcp dport 22',
            f'iifname "{centre}" icmp type echo-request',
        ],
        never=[],
        forward=list(dict.fromkeys(_across_hub(overlay, centre, each) for each in _of_any_store(design))),
        masquerade=None,
    )


def hub_planes(design: StoreDesign, hub: str) -> tuple[str, ...]:
    """The planes that end at a hub, whatever the stores use of them."""
    place = next(n for n, each in enumerate(design.region.hubs, start=1) if each.id == hub)
    classes = {key for key in design.region.hubs[place - 1].endpoints if key in "ABC"} or {"A", "B", "C"}
    return tuple(f"{letter}{place}" for letter in sorted(classes))


def hub_port(design: StoreDesign, plane: str) -> int:
    """Where the hub's interface of a plane listens."""
    return design.wan.port + PLANES.index(plane)


def _of_any_store(design: StoreDesign) -> Iterator[Permission]:
    """What concerns the centre, for every zone that any store may have."""
    fleet = (Permission(flow.source, flow.target, flow.protocol, flow.ports) for flow in design.wan.flows)
    yield from dict.fromkeys(each for each in (*CENTRAL, *fleet) if "centre" in (each.source, each.target))


def _across_hub(overlay: str, centre: str, each: Permission) -> str:
    zone = {"gateway": "edge"}
    if each.target == "centre":
        match = zone_match(zone.get(each.source, each.source))
        return f'iifname {overlay} oifname "{centre}" {match} ip daddr @centre {_what(each)}'
    match = zone_match(zone.get(each.target, each.target), "daddr")
    return f'iifname "{centre}" oifname {overlay} ip saddr @centre {match} {_what(each)}'


def _store_plugs(design: StoreDesign, site: Site, host: str) -> _Plugs:
    zones: dict[str, tuple[str, ...]] = {zone: (plug(site, host, f"zone:{zone}"),) for zone in design.zones}
    if design.format.combined:
        zones["edge"] += (POD_BRIDGE,)
    return _Plugs(
        zones=zones,
        uplinks=tuple(plug(site, host, f"uplink:{uplink.id}") for uplink in design.uplinks),
        tunnels=tuple(interface_of(tunnel.plane) for tunnel in tunnels(design, site)),
        management=plugged(site, host, "management"),
    )


def _sets(design: StoreDesign) -> list[tuple[str, Sequence[object]]]:
    own = [*STORE_RANGES, *design.store.prefixes.values()]
    return [("stores", own), ("centre", list(design.wan.centre)), ("private", _PRIVATE)]


def _spoofed_in_zones(design: StoreDesign, plugs: _Plugs) -> Iterator[str]:
    for name, zone in design.zones.items():
        yield f'iifname "{plugs.zones[name][0]}" ip saddr != {{ {zone.prefix}, {_ANYONE} }}'


def _spoofed_outside(design: StoreDesign, site: Site, plugs: _Plugs) -> Iterator[str]:
    ends = sorted({str(tunnel.hub_address) for tunnel in tunnels(design, site)})
    centre = ", ".join([*map(str, design.wan.centre), *ends])
    yield f"iifname {_names(plugs.uplinks)} ip saddr {{ {', '.join(map(str, (*STORE_RANGES, CENTRE_RANGE)))} }}"
    yield f"iifname {_names(plugs.tunnels)} ip saddr != {{ {centre} }}"


def _administration(management: str | None) -> Iterator[str]:
    if management:
        yield f'iifname "{management}" tcp dport 22'
        yield f'iifname "{management}" icmp type echo-request'


def _pods(design: StoreDesign) -> Iterator[str]:
    """In a one-box store the pods ask this very box for the cluster's API."""
    if design.format.combined:
        yield f'iifname "{POD_BRIDGE}" ip saddr {POD_RANGE} tcp dport {{ {API} }}'


def _leases_of(uplinks: Iterable[str]) -> Iterator[str]:
    yield f"iifname {_names(uplinks)} udp sport 67 udp dport 68"


def _hubs(design: StoreDesign, site: Site, plugs: _Plugs) -> Iterator[str]:
    ends = sorted({str(tunnel.hub_address) for tunnel in tunnels(design, site)})
    for what in _OVERLAY:
        yield f"iifname {_names(plugs.tunnels)} ip saddr {{ {', '.join(ends)} }} {what}"


def _into_gateway(design: StoreDesign, plugs: _Plugs, each: Permission) -> Iterator[str]:
    inside = {"gateway", "edge"} if design.format.combined else {"gateway"}
    if each.target not in inside:
        return
    if each.source == "centre":
        own = _gateway_addresses(design, "edge")
        yield f"iifname {_names(plugs.tunnels)} ip saddr @centre ip daddr {own} {_what(each)}"
    elif each.source in plugs.zones:
        zone = each.source if each.target == "gateway" else "edge"
        own = _gateway_addresses(design, zone, broadcast=LEASES in each.ports)
        yield f"iifname {_names(plugs.zones[each.source])} ip daddr {own} {_what(each)}"


def _gateway_addresses(design: StoreDesign, zone: str, broadcast: bool = False) -> str:
    own = {design.zones[zone].gateway}
    if zone == "edge":
        own |= {box.address for box in design.gateways}
    return f"{{ {', '.join([*map(str, sorted(own)), *([_BROADCAST] if broadcast else [])])} }}"


def _through(plugs: _Plugs, each: Permission) -> Iterator[str]:
    inward, outward = _side(plugs, each.source, "iifname", "saddr"), _side(plugs, each.target, "oifname", "daddr")
    if inward and outward:
        yield f"{inward} {outward} {_what(each)}"


def _side(plugs: _Plugs, party: str, device: str, field: str) -> str | None:
    if party in plugs.zones:
        return f"{device} {_names(plugs.zones[party])}"
    if party == "centre":
        return f"{device} {_names(plugs.tunnels)} ip {field} @centre"
    return f"{device} {_names(plugs.uplinks)}" if party == "internet" else None


def _what(each: Permission) -> str:
    return "icmp type echo-request" if each.protocol == "icmp" else f"{each.protocol} dport {_ports(each.ports)}"


def _ports(ports: Iterable[int]) -> str:
    return f"{{ {', '.join(map(str, ports))} }}"


def _names(devices: Iterable[str]) -> str:
    return f"{{ {', '.join(f'{chr(34)}{device}{chr(34)}' for device in devices)} }}"
