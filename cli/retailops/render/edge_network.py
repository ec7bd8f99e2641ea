"""How an edge node stands in zone edge."""

from __future__ import annotations

from retailops.model import Box, StoreDesign
from retailops.ports import RenderedFile, Site
from retailops.render.plugs import plug
from retailops.render.text import rendered

PATH = "/etc/systemd/network/20-retailops-zone-edge.network"
UNIT = "systemd-networkd.service"


def edge_network_files(design: StoreDesign, site: Site, box: Box) -> dict[str, RenderedFile]:
    """systemd-networkd's file for a server or agent; none for a box that is the gateway as well."""
    if box.role == "gateway":
        return {}
    zone = design.zones["edge"]
    return {
        PATH: rendered(
            "edge/zone.network.j2",
            device=plug(site, box.host, "zone:edge"),
            address=f"{box.address}/{zone.prefix.prefixlen}",
            gateway=zone.gateway,
            domain=design.domain,
        )
    }
