"""Every file of a store's gateway that the plane wan owns."""

from __future__ import annotations

from retailops.errors import RetailopsError
from retailops.model import Box, StoreDesign
from retailops.ports import RenderedFile, Site
from retailops.render.plugs import Keys
from retailops.render.text import rendered
from retailops.render.wan_firewall import PATH, store_firewall
from retailops.render.wan_network import network_files, uplink_files
from retailops.render.wan_services import names_file, time_files
from retailops.render.wan_tunnels import FRR, program_files, store_routing, store_tunnel_files


def gateway_of(design: StoreDesign) -> Box:
    """The store's gateway; RetailopsError for a format with two, which this form does not build."""
    if len(design.gateways) != 1:
        raise RetailopsError(
            f"{design.id} has {len(design.gateways)} gateways; only stores with one can be built so far",
            resolution="Take a format with gateways: 1, or set planes: {wan: observed} for this store.",
        )
    return design.gateways[0]


def wan_store_files(design: StoreDesign, site: Site, keys: Keys) -> dict[str, RenderedFile]:
    """Absolute path -> file, for the store's gateway; no secret in any. RetailopsError where a plug or a key is missing."""
    box = gateway_of(design)
    return {
        **network_files(design, site, box),
        PATH: store_firewall(design, site, box.host),
        "/etc/systemd/system/retailops-firewall.service": rendered("wan/firewall.service.j2"),
        **program_files(),
        **store_tunnel_files(design, site, keys),
        FRR: store_routing(design, site, box),
        **uplink_files(design, site),
        "/etc/dnsmasq.d/retailops.conf": names_file(design, site, box),
        **time_files(design),
    }
