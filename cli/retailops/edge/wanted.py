"""Which machine of the site carries the store's cluster."""

from __future__ import annotations

from retailops.errors import RetailopsError
from retailops.model import Box, StoreDesign
from retailops.ports import Host, Site


def server_box(design: StoreDesign) -> Box:
    """The box of the one node; raises `RetailopsError` for a format without one, or with more, which this form does not build."""
    nodes = [box for box in design.boxes if box.cluster]
    if len(nodes) == 1:
        return nodes[0]
    if not nodes:
        raise RetailopsError(f"{design.id} has no box for a cluster", resolution="Choose a format with servers.")
    raise RetailopsError(
        f"{design.id} has {len(nodes)} nodes; only stores with one can be built so far",
        resolution="Take a format with servers: 1 and no agents, or set planes: {edge: absent, apps: absent} for this store.",
    )


def server_host(design: StoreDesign, site: Site) -> Host:
    """The machine that is that box."""
    name = server_box(design).host
    for host in site.hosts:
        if host.name == name:
            return host
    raise RetailopsError(
        f"{name} is not among the machines of {site.store}", resolution="Add it to the site's inventory."
    )
