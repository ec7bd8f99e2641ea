"""The chain as typed, frozen values, and reading them from a fleet repository."""

from __future__ import annotations

from retailops.model.chain import Chain, Hub, Region, Wan
from retailops.model.design import Box, DesignDevice, StoreDesign, Tunnel, Zone
from retailops.model.fleet import Fleet
from retailops.model.formats import Format, Planes
from retailops.model.load import load_chain, load_design, load_fleet, load_waivers
from retailops.model.stores import Device, Store, Uplink
from retailops.model.values import Text
from retailops.model.workloads import TILL, Workload

__all__ = [
    "TILL",
    "Box",
    "Chain",
    "DesignDevice",
    "Device",
    "Fleet",
    "Format",
    "Hub",
    "Planes",
    "Region",
    "Store",
    "StoreDesign",
    "Text",
    "Tunnel",
    "Uplink",
    "Wan",
    "Workload",
    "Zone",
    "load_chain",
    "load_design",
    "load_fleet",
    "load_waivers",
]
