"""The plane SD-WAN: tunnels from each uplink of a store to the hubs, routing, zones, and what a gateway serves by itself."""

from __future__ import annotations

from retailops.wan.stages import ENROLL, WAN

__all__ = ["ENROLL", "WAN"]
