"""What each box of the overlay should be: its files, its tunnel interfaces and the units that run there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from retailops.errors import RetailopsError
from retailops.model import StoreDesign
from retailops.ports import Host, Json, RenderedFile, Site
from retailops.render.plugs import Keys, hubs, interface_of, tunnels
from retailops.render.wan_firewall import hub_planes
from retailops.render.wan_hub import wan_hub_files
from retailops.render.wan_store import gateway_of, wan_store_files
from retailops.render.wan_tunnels import FOLDER, FRAGMENTS, FRR

KEYS = "/etc/retailops/wan/keys"
_HUB_UNITS = ("retailops-firewall.service", "frr.service")
_STORE_UNITS = (
    *("retailops-firewall.service", "systemd-networkd.service", "frr.service"),
    *("retailops-uplink.service", "dnsmasq.service", "chrony.service"),
)


@dataclass(frozen=True)
class Box:
    """A hub or a gateway as it is wanted; `group` is its inventory group, `variables` what its role is told.

    `joined` is file -> folder of the fragments that it is made of there, those of all stores.
    """

    host: Host
    group: str
    interfaces: tuple[str, ...]
    files: Mapping[str, RenderedFile]
    units: tuple[str, ...]
    variables: Mapping[str, Json]
    joined: Mapping[str, str] = field(default_factory=dict)


def host_of(site: Site, name: str) -> Host:
    """A machine of the site; RetailopsError where it is not there."""
    for host in site.hosts:
        if host.name == name:
            return host
    raise RetailopsError(
        f"{name} is not among the machines of {site.store}", resolution="Add it to the site's inventory."
    )


def boxes(design: StoreDesign, site: Site, keys: Keys) -> tuple[Box, ...]:
    """Every hub that is there, then the gateway. RetailopsError where a plug or a key is missing."""
    return (*(hub_box(design, site, host, keys) for host in hubs(site)), gateway_box(design, site, keys))


def hub_box(design: StoreDesign, site: Site, host: Host, keys: Keys) -> Box:
    """A hub with this store's part."""
    interfaces = tuple(interface_of(plane) for plane in hub_planes(design, host.name))
    folders = {FRR: f"{FRAGMENTS}/frr.d"} | {f"{FOLDER}/{each}.conf": f"{FRAGMENTS}/{each}.d" for each in interfaces}
    fragments = [f"{folder}/store-{design.id}.conf" for folder in folders.values()]
    return Box(
        host=host,
        group="hubs",
        interfaces=interfaces,
        files=wan_hub_files(design, site, host.name, keys),
        units=(*_HUB_UNITS, *_tunnel_units(interfaces)),
        variables={"interfaces": list(interfaces), "fragments": fragments, "joined": folders},
        joined=folders,
    )


def gateway_box(design: StoreDesign, site: Site, keys: Keys) -> Box:
    """The store's gateway."""
    interfaces = tuple(interface_of(tunnel.plane) for tunnel in tunnels(design, site))
    return Box(
        host=host_of(site, gateway_of(design).host),
        group="gateways",
        interfaces=interfaces,
        files=wan_store_files(design, site, keys),
        units=(*_STORE_UNITS, *_tunnel_units(interfaces)),
        variables={"interfaces": list(interfaces)},
    )


def _tunnel_units(interfaces: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"retailops-wg@{interface}.service" for interface in interfaces)
