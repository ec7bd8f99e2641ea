"""Where the networks of a design are plugged in, and which tunnels can be built at a site."""

from __future__ import annotations

from collections.abc import Mapping

from retailops.errors import RetailopsError
from retailops.model import StoreDesign, Tunnel
from retailops.ports import Host, Site

Keys = Mapping[str, Mapping[str, str]]
"""Host -> tunnel interface -> public key."""


def plug(site: Site, host: str, network: str) -> str:
    """The device of `host` that `network` is on; RetailopsError where the site has none."""
    for interface in site.interfaces.get(host, ()):
        if interface.network == network:
            return interface.device
    raise RetailopsError(
        f"{host} has no interface for {network}",
        resolution="Name the device of each network in the site's inventory.",
    )


def plugged(site: Site, host: str, network: str) -> str | None:
    """The same, or None."""
    return next((each.device for each in site.interfaces.get(host, ()) if each.network == network), None)


def hubs(site: Site) -> tuple[Host, ...]:
    """The hubs that are there."""
    return tuple(host for host in site.hosts if host.role == "hub")


def tunnels(design: StoreDesign, site: Site) -> tuple[Tunnel, ...]:
    """Those of the design whose hub is there, the preferred first: by the order of the store's uplinks, then of hubs."""
    there = {host.name for host in hubs(site)}
    return tuple(tunnel for tunnel in design.tunnels if tunnel.hub in there)


def interface_of(plane: str) -> str:
    """The tunnel interface of a plane, at store and hub alike: `wg-a1`."""
    return f"wg-{plane.lower()}"


def endpoint_of(tunnel: Tunnel, site: Site) -> str:
    """Where the tunnel's hub answers; what the site knows goes before the design."""
    known = site.endpoints.get(f"{tunnel.hub}/{tunnel.uplink}") or tunnel.endpoint
    if known is None:
        raise RetailopsError(
            f"{tunnel.hub} has no address for uplink {tunnel.uplink}",
            resolution=f"Give it one under regions: hubs: endpoints in fleet.yaml ({tunnel.uplink} or its class).",
        )
    return str(known)


def key_of(keys: Keys, host: str, interface: str) -> str:
    """A public key; RetailopsError where the host has made none yet."""
    try:
        return keys[host][interface]
    except KeyError:
        raise RetailopsError(
            f"{host} has no key for {interface} yet", resolution="Run the stage enroll first."
        ) from None
