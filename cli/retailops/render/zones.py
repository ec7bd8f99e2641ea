"""Who may speak to whom, as data: what every store needs, and what the fleet's policy adds. All else is dropped.

Firewalls are rendered from it, and the acceptance expects it: probed from the zones, never read back from the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from retailops.addressing import DHCP_ZONES
from retailops.model import StoreDesign

Protocol = Literal["tcp", "udp", "icmp"]


@dataclass(frozen=True)
class Permission:
    """`source` and `target` are zones, `gateway` (the store's), `centre` or `internet`; icmp is echo and has no ports."""

    source: str
    target: str
    protocol: Protocol
    ports: tuple[int, ...] = ()


NAMES, LEASES, TIME = 53, 67, 123

CENTRAL = (
    Permission("gateway", "centre", "udp", (NAMES, TIME)),
    Permission("gateway", "centre", "tcp", (NAMES,)),
    Permission("gateway", "centre", "icmp"),
    Permission("edge", "centre", "icmp"),
    Permission("centre", "gateway", "tcp", (22,)),
    Permission("centre", "gateway", "icmp"),
    Permission("centre", "edge", "tcp", (22, 6443)),
    Permission("centre", "edge", "icmp"),
)
"""What running the stores takes, whatever they sell."""


def permissions(design: StoreDesign) -> tuple[Permission, ...]:
    """Every permission of this store, without doubles, in a fixed order."""
    fleet = (Permission(flow.source, flow.target, flow.protocol, flow.ports) for flow in design.wan.flows)
    served = set(design.zones) | {"gateway", "centre", "internet"}
    wanted = (*(each for zone in design.zones for each in _services(zone)), *CENTRAL, *fleet)
    return tuple(dict.fromkeys(each for each in wanted if {each.source, each.target} <= served))


def allowed(design: StoreDesign, source: str, target: str, protocol: Protocol, port: int | None = None) -> bool:
    """Whether anything permits it."""
    return any(
        (each.source, each.target, each.protocol) == (source, target, protocol) and (port is None or port in each.ports)
        for each in permissions(design)
    )


def _services(zone: str) -> Iterator[Permission]:
    leases = (LEASES,) if zone in DHCP_ZONES else ()
    yield Permission(zone, "gateway", "udp", (NAMES, *leases, TIME))
    yield Permission(zone, "gateway", "tcp", (NAMES,))
    yield Permission(zone, "gateway", "icmp")
