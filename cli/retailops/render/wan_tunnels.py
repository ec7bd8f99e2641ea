"""Tunnels and routing, at both ends: WireGuard carries, BGP with BFD chooses the path."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from retailops.addressing import STORE_RANGES, hub_asn, hub_tunnel
from retailops.model import Box, StoreDesign, Tunnel
from retailops.ports import RenderedFile, Site
from retailops.render.plugs import Keys, endpoint_of, interface_of, key_of, tunnels
from retailops.render.text import render, rendered
from retailops.render.wan_firewall import hub_planes, hub_port
from retailops.render.wan_network import table_of

FOLDER = "/etc/retailops/wan"
FRAGMENTS = f"{FOLDER}/hub"
FRR = "/etc/frr/frr.conf"
_NOWHERE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


@dataclass(frozen=True)
class _Profile:
    """How fast a kind of line is watched: BFD in ms, BGP `keepalive hold` in seconds as the net beneath it."""

    name: str
    interval: int
    multiplier: int
    timers: str


@dataclass(frozen=True)
class _Neighbour:
    name: str
    address: IPv4Address
    asn: int
    profile: str
    timers: str


def program_files() -> dict[str, RenderedFile]:
    """What runs a tunnel interface, the same on every box."""
    return {
        "/etc/systemd/system/retailops-wg@.service": rendered("wan/wg.service.j2"),
        "/usr/local/lib/retailops/wg-device": rendered("wan/wg-device.j2", "0755"),
        "/usr/local/lib/retailops/wg-configure": rendered("wan/wg-configure.j2", "0755"),
        "/etc/frr/daemons": rendered("wan/frr-daemons.j2"),
    }


def store_tunnel_files(design: StoreDesign, site: Site, keys: Keys) -> dict[str, RenderedFile]:
    """The store's end: one interface per uplink x hub; any address may pass, since routing decides."""
    files: dict[str, RenderedFile] = {}
    for tunnel in tunnels(design, site):
        name = interface_of(tunnel.plane)
        files[f"{FOLDER}/{name}.conf"] = rendered(
            "wan/wg-store.conf.j2",
            tunnel=tunnel,
            mark=table_of(design, tunnel.uplink),
            key=key_of(keys, tunnel.hub, name),
            endpoint=endpoint_of(tunnel, site),
            keepalive=design.wan.keepalive_seconds,
        )
        files[f"{FOLDER}/{name}.env"] = _env(design, f"{tunnel.address} peer {tunnel.hub_address}/32")
    return files


def store_routing(design: StoreDesign, site: Site, box: Box) -> RenderedFile:
    """The gateway's frr.conf: its own AS, its own prefixes out, the centre's in, the preferred uplink first."""
    return rendered(
        "wan/frr-store.conf.j2",
        host=box.host,
        nowhere=_NOWHERE,
        announced=design.numbers.announced,
        centre=design.wan.centre,
        source=design.zones["edge"].gateway,
        asn=design.numbers.asn,
        neighbours=[_neighbour(design, tunnel, tunnel.hub_address, tunnel.hub_asn) for tunnel in tunnels(design, site)],
        profiles=_profiles(design),
    )


def hub_files(design: StoreDesign, hub: str) -> dict[str, RenderedFile]:
    """The hub's own part of what is assembled there; the same whichever store it is rendered for."""
    planes = hub_planes(design, hub)
    number = design.region.number
    base = {
        f"{FRAGMENTS}/{interface_of(plane)}.d/00-hub.conf": rendered("wan/wg-hub.conf.j2", port=hub_port(design, plane))
        for plane in planes
    }
    envs = {f"{FOLDER}/{interface_of(plane)}.env": _env(design, f"{hub_tunnel(plane, number)}/16") for plane in planes}
    frr = rendered(
        "wan/frr-hub.conf.j2",
        host=hub,
        nowhere=STORE_RANGES,
        centre=design.wan.centre,
        asn=hub_asn(number, int(planes[0][1])),
        router_id=hub_tunnel(planes[0], number),
        profiles=_profiles(design),
    )
    return {**base, **envs, f"{FRAGMENTS}/frr.d/00-hub.conf": frr}


def hub_store_files(design: StoreDesign, site: Site, hub: str, keys: Keys) -> dict[str, RenderedFile]:
    """One store's fragments at a hub: it may send and receive its own prefixes, without guest, and announce only those."""
    ends = [tunnel for tunnel in tunnels(design, site) if tunnel.hub == hub]
    announced = design.numbers.announced
    files = {
        f"{FRAGMENTS}/{interface_of(end.plane)}.d/store-{design.id}.conf": rendered(
            "wan/wg-peer.conf.j2",
            store=design.id,
            key=key_of(keys, _gateway_host(design, end), interface_of(end.plane)),
            allowed=[f"{end.address}/32", *announced],
        )
        for end in ends
    }
    frr = render(
        "wan/frr-peer.conf.j2",
        store=design.id,
        announced=announced,
        hub_asn=ends[0].hub_asn,
        neighbours=[_neighbour(design, end, end.address, design.numbers.asn) for end in ends],
    )
    return {**files, f"{FRAGMENTS}/frr.d/store-{design.id}.conf": RenderedFile(frr)}


def _gateway_host(design: StoreDesign, tunnel: Tunnel) -> str:
    return design.box(tunnel.gateway).host


def _env(design: StoreDesign, address: str) -> RenderedFile:
    return rendered("wan/wg.env.j2", address=address, mtu=design.wan.mtu)


def _profiles(design: StoreDesign) -> tuple[_Profile, ...]:
    """LTE is paid by the byte: 15 s x 3 and 60/180 keep an idle tunnel at 80 MB a month."""
    bfd = design.wan.bfd
    return _Profile("wired", bfd.interval_ms, bfd.multiplier, "10 30"), _Profile("lte", 15_000, 3, "60 180")


def _neighbour(design: StoreDesign, tunnel: Tunnel, address: IPv4Address, asn: int) -> _Neighbour:
    wired, lte = _profiles(design)
    profile = lte if tunnel.plane.startswith("C") else wired
    return _Neighbour(tunnel.plane, address, asn, profile.name, profile.timers)
