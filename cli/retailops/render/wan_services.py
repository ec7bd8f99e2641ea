"""What a gateway serves to its store by itself: leases, names and time."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from retailops.model import Box, StoreDesign
from retailops.ports import RenderedFile, Site
from retailops.render.plugs import plug
from retailops.render.text import rendered


@dataclass(frozen=True)
class _Served:
    name: str
    device: str
    gateway: IPv4Address
    mask: IPv4Address
    pool: tuple[IPv4Address, IPv4Address] | None


def names_file(design: StoreDesign, site: Site, box: Box) -> RenderedFile:
    """dnsmasq's: reservations from the design's devices, and a resolver that owns the store's domain."""
    served = [
        _Served(zone.name, plug(site, box.host, f"zone:{zone.name}"), zone.gateway, zone.prefix.netmask, zone.dhcp)
        for zone in design.zones.values()
    ]
    return rendered(
        "wan/dnsmasq.conf.j2",
        store=design.id,
        zones=served,
        domain=design.domain,
        resolvers=design.wan.resolvers,
        names=store_names(design),
        devices=[device for device in design.devices if device.address],
    )


def store_names(design: StoreDesign) -> list[tuple[str, IPv4Address]]:
    """Every name of the store: `gw`, `till` (each one's address), each box, each device with an address of its own."""
    names = [("gw", design.zones["edge"].gateway)]
    names += [("till", box.address) for box in design.tills]
    names += [(box.name, box.address) for box in design.boxes]
    return names + [(device.id, device.address) for device in design.devices if device.address]


def time_files(design: StoreDesign) -> dict[str, RenderedFile]:
    """chrony's; whether it may set the clock is decided where it runs."""
    served = [zone.prefix for zone in design.zones.values()]
    servers = design.wan.time_servers
    return {
        "/etc/chrony/chrony.conf": rendered("wan/chrony.conf.j2", store=design.id, servers=servers, served=served),
        "/usr/local/lib/retailops/chronyd": rendered("wan/chronyd.j2", "0755"),
        "/etc/systemd/system/chrony.service.d/retailops.conf": rendered("wan/chrony.service.conf.j2"),
    }
