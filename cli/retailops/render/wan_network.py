"""A gateway's networks: zones, uplinks with a table each, and kernel settings."""

from __future__ import annotations

import json

from retailops.model import Box, StoreDesign
from retailops.ports import RenderedFile, Site
from retailops.render.plugs import interface_of, plug, tunnels
from retailops.render.text import rendered

FOLDER = "/etc/systemd/network"
FIRST_TABLE = 101
_FOLLOWED = 32_900


def table_of(design: StoreDesign, uplink: str) -> int:
    """The routing table of an uplink, and the mark of packets that belong to it."""
    return FIRST_TABLE + [each.id for each in design.uplinks].index(uplink)


def network_files(design: StoreDesign, site: Site, box: Box) -> dict[str, RenderedFile]:
    """systemd-networkd's files and sysctls."""
    return {
        **{f"{FOLDER}/20-retailops-zone-{zone}.network": _zone(design, site, box, zone) for zone in design.zones},
        **{
            f"{FOLDER}/20-retailops-uplink-{uplink.id}.network": rendered(
                "wan/uplink.network.j2",
                uplink=uplink,
                place=place,
                device=plug(site, box.host, f"uplink:{uplink.id}"),
                table=table_of(design, uplink.id),
            )
            for place, uplink in enumerate(design.uplinks)
        },
        "/etc/systemd/networkd.conf.d/retailops.conf": rendered("wan/networkd.conf.j2"),
        "/etc/sysctl.d/60-retailops.conf": rendered("wan/sysctl.conf.j2"),
    }


def uplink_files(design: StoreDesign, site: Site) -> dict[str, RenderedFile]:
    """What moves local internet traffic to the uplink that the overlay prefers."""
    want = {
        "centre": str(design.wan.centre[0]),
        "priority": _FOLLOWED,
        "tables": {interface_of(each.plane): table_of(design, each.uplink) for each in tunnels(design, site)},
    }
    return {
        "/etc/retailops/wan/uplinks.json": RenderedFile(json.dumps(want, indent=1).encode() + b"\n"),
        "/usr/local/lib/retailops/uplink": rendered("wan/uplink.j2", "0755"),
        "/etc/systemd/system/retailops-uplink.service": rendered("wan/uplink.service.j2"),
    }


def _zone(design: StoreDesign, site: Site, box: Box, name: str) -> RenderedFile:
    zone = design.zones[name]
    own = [box.zones[name]] + ([box.address] if name == "edge" and box.address != box.zones[name] else [])
    addresses = [f"{address}/{zone.prefix.prefixlen}" for address in own]
    device = plug(site, box.host, f"zone:{name}")
    return rendered("wan/zone.network.j2", zone=zone, device=device, addresses=addresses)
