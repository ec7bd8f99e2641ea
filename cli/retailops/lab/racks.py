"""The racks of hyperconverged hosts: each rack's switch hangs by one cable on the room's, and that cable can be pulled."""

from __future__ import annotations

from collections.abc import Iterable

from retailops.errors import UsageError
from retailops.lab import network, spaces
from retailops.lab.topology import Cable, Topology

_SPLIT = """
table bridge lab {{}}
delete table bridge lab
table bridge lab {{
    chain between {{
        type filter hook forward priority filter; policy accept;
        iifname {{ {here} }} oifname {{ {there} }} counter drop
        iifname {{ {there} }} oifname {{ {here} }} counter drop
    }}
}}
"""


def unplug(topology: Topology, rack: str) -> None:
    """Pulls the rack's cable: its hosts still see each other and a live interface, nobody else sees them."""
    spaces.ip(topology.root, [f"link set {cable(topology, rack).up} down"])


def replug(topology: Topology, rack: str) -> None:
    """Puts the cable back; nothing happens where it is in."""
    spaces.ip(topology.root, [f"link set {cable(topology, rack).up} up"])


def split(topology: Topology, one: Iterable[str], other: Iterable[str]) -> None:
    """What goes from any rack of `one` to any of `other`, or back, is dropped on the way; replaces an earlier split."""
    here, there = (_names(cable(topology, rack).up for rack in side) for side in (one, other))
    network.nft(topology.root, "-f", "-", stdin=_SPLIT.format(here=here, there=there))


def join(topology: Topology) -> None:
    """Takes a split back; nothing happens where there is none."""
    network.nft(topology.root, "-f", "-", stdin="table bridge lab {}\ndelete table bridge lab\n")


def _names(devices: Iterable[str]) -> str:
    return ", ".join(f'"{device}"' for device in devices)


def cable(topology: Topology, rack: str) -> Cable:
    """The rack's cable; UsageError with the racks there are."""
    for each in topology.cables:
        if each.rack == rack:
            return each
    racks = ", ".join(each.rack for each in topology.cables)
    raise UsageError(f"the lab has no rack {rack}", resolution=f"Its racks: {racks or 'none'}")
