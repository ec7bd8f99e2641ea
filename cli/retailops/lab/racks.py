"""The racks of hyperconverged hosts: each rack's switch hangs by one cable on the room's, and that cable can be pulled."""

from __future__ import annotations

from retailops.errors import UsageError
from retailops.lab import spaces
from retailops.lab.topology import Cable, Topology


def unplug(topology: Topology, rack: str) -> None:
    """Pulls the rack's cable: its hosts still see each other and a live interface, nobody else sees them."""
    spaces.ip(topology.root, [f"link set {cable(topology, rack).up} down"])


def replug(topology: Topology, rack: str) -> None:
    """Puts the cable back; nothing happens where it is in."""
    spaces.ip(topology.root, [f"link set {cable(topology, rack).up} up"])


def state(topology: Topology, rack: str) -> str:
    """`up`, `unplugged`, or `gone` where the lab's network isn't there."""
    found = spaces.links(topology.root).get(cable(topology, rack).up) if spaces.exists(topology.root) else None
    if found is None:
        return "gone"
    return "up" if "UP" in found["flags"] else "unplugged"


def cable(topology: Topology, rack: str) -> Cable:
    """The rack's cable; UsageError with the racks there are."""
    for each in topology.cables:
        if each.rack == rack:
            return each
    racks = ", ".join(each.rack for each in topology.cables)
    raise UsageError(f"the lab has no rack {rack}", resolution=f"Its racks: {racks or 'none'}")
