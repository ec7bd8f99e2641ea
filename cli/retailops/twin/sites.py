"""Where a simulated store's machines are: the same names and plugs as in the lab."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from retailops.model import Box, StoreDesign, load_design
from retailops.ports import Host, Interface, Site

HUB = "hub1"
HQ = "hq"


class Sites:
    """Every store of the fleet has its machines, racked and with power; `last` is the design that was asked for last, `of` each one's."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.last: StoreDesign | None = None
        self.of: dict[str, StoreDesign] = {}

    def site(self, store: str) -> Site:
        self.last = self.of[store] = design = load_design(self._root, store)
        boxes = [Host(box.host, box.role, f"simulated:{box.host}", store) for box in design.boxes]
        centre = [Host(HUB, "hub", f"simulated:{HUB}"), Host(HQ, "centre", f"simulated:{HQ}")]
        interfaces = {HUB: _hub(design), HQ: (Interface("management", "host0"), Interface("centre", "centre0"))}
        interfaces |= {box.host: tuple(_plugs(design, box)) for box in design.boxes}
        devices = tuple(_devices(design))
        interfaces |= {device.name: (Interface(f"zone:{device.zone}", "eth0"),) for device in devices}
        endpoints = {f"{HUB}/{uplink.id}": f"198.51.100.{n}" for n, uplink in enumerate(design.uplinks, start=1)}
        return Site(store, (*boxes, *devices, *centre), interfaces, endpoints, ())


def _hub(design: StoreDesign) -> tuple[Interface, ...]:
    lines = (Interface(f"uplink:{uplink.id}", f"isp-{uplink.id}") for uplink in design.uplinks)
    return (Interface("management", "mgmt0"), *lines, Interface("centre", "centre0"))


def _plugs(design: StoreDesign, box: Box) -> Iterator[Interface]:
    if box.role != "gateway":
        yield Interface("management", "host0")
        yield Interface("zone:edge", "lan0")
        return
    yield Interface("management", "mgmt0")
    yield from (Interface(f"uplink:{uplink.id}", f"wan-{uplink.id}") for uplink in design.uplinks)
    yield from (Interface(f"zone:{zone}", f"lan-{zone}") for zone in design.zones)


def _devices(design: StoreDesign) -> Iterator[Host]:
    """The devices of the design, and one stranger in every zone for guests that has none."""
    found = {device.host: device.zone for device in design.devices}
    if "guest" in design.zones and "guest" not in found.values():
        found[f"{design.id}-guest1"] = "guest"
    for name, zone in found.items():
        yield Host(name, "device", name, design.id, zone, "netns")
