"""Every file of a hub that the plane wan owns on behalf of one store: the hub's own part, and that store's fragments."""

from __future__ import annotations

from retailops.model import StoreDesign
from retailops.ports import RenderedFile, Site
from retailops.render.plugs import Keys
from retailops.render.text import rendered
from retailops.render.wan_firewall import PATH, hub_firewall
from retailops.render.wan_tunnels import hub_files, hub_store_files, program_files


def wan_hub_files(design: StoreDesign, site: Site, hub: str, keys: Keys) -> dict[str, RenderedFile]:
    """Absolute path -> file; `keys` needs the store's gateway. Fragments of different stores never share a path."""
    return {
        PATH: hub_firewall(design, site, hub),
        "/etc/systemd/system/retailops-firewall.service": rendered("wan/firewall.service.j2"),
        "/etc/sysctl.d/60-retailops.conf": rendered("wan/sysctl.conf.j2"),
        **program_files(),
        **hub_files(design, hub),
        **hub_store_files(design, site, hub, keys),
    }
