"""A lab: real hosts with a real init on this computer, two internet providers, and a store's devices.

On the command line: `retailops lab up [STORE ...]`, `status`, `cut hz0001/a`, `heal hz0001/a`, `shell hz0001-gw1 [-- CMD]`, `down`.

In Python (root only)::

    from retailops import lab

    lab.preflight()                        # [] or what is missing here, and how to get it
    mine = lab.Lab.of_fleet(root)          # or lab.Lab.find("l1a2b3"); RetailopsError where there is none
    lab.enter(mine)                        # this thread, and what it starts, now act from inside the lab
    mine.sites.site("hz0001")              # ports.Sites: hosts, interfaces, endpoints
    mine.lines.cut("hz0001", "a", "both")  # ports.Lines
    lab.up(id, root, lab.specs(load_fleet(root), ["hz0001"]), print); lab.down(id, print)

Every host has `mgmt0` (SSH of the controller; addressed by the lab). A gateway has `wan-<uplink>` (down until a role configures
DHCP there) and `lan-<zone>` for each zone; the server has `lan0` in zone edge; hub1 has `isp-a`, `isp-b`, `centre0` and hq
`centre0`, addressed by the lab. Devices have `eth0` with a DHCP client. The controller is 10.0.16.250 on the centre's network and
routes the stores' ranges through hub1 (10.0.16.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retailops.lab.bring_up import up as up
    from retailops.lab.builds import artifacts as artifacts
    from retailops.lab.fleets import hci_specs as hci_specs
    from retailops.lab.fleets import specs as specs
    from retailops.lab.ground import LabFaults as LabFaults
    from retailops.lab.ground import LabGround as LabGround
    from retailops.lab.labs import Lab as Lab
    from retailops.lab.labs import enter as enter
    from retailops.lab.members import LabMachines as LabMachines
    from retailops.lab.members import LabRecords as LabRecords
    from retailops.lab.record import default_id as default_id
    from retailops.lab.requirements import Missing as Missing
    from retailops.lab.requirements import preflight as preflight
    from retailops.lab.service_images import images as images
    from retailops.lab.sites import LabLines as LabLines
    from retailops.lab.sites import LabSites as LabSites
    from retailops.lab.take_down import down as down

_PLACES = {
    "artifacts": "builds",
    "up": "bring_up",
    "hci_specs": "fleets",
    "specs": "fleets",
    "LabFaults": "ground",
    "LabGround": "ground",
    "Lab": "labs",
    "enter": "labs",
    "LabMachines": "members",
    "LabRecords": "members",
    "Missing": "requirements",
    "preflight": "requirements",
    "default_id": "record",
    "images": "service_images",
    "LabLines": "sites",
    "LabSites": "sites",
    "down": "take_down",
}


def __getattr__(name: str) -> Any:
    """Imports what is asked for and no more: the supervisor lives long and should stay small."""
    import importlib

    if name not in _PLACES:
        raise AttributeError(name)
    return getattr(importlib.import_module(f"retailops.lab.{_PLACES[name]}"), name)
