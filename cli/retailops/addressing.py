"""Every number of a store as a pure function of its index (DESIGN section 4); nothing is allocated at run time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

BLOCKS = 12
BLOCK_SIZE = 1024
MAX_INDEX = BLOCKS * BLOCK_SIZE - 1
STORE_RANGES = (IPv4Network("10.64.0.0/10"), IPv4Network("10.128.0.0/9"))
CENTRE_RANGE = IPv4Network("10.0.0.0/10")
TUNNEL_RANGE = IPv4Network("172.24.0.0/13")
POD_RANGE = IPv4Network("172.20.0.0/16")
SERVICE_RANGE = IPv4Network("172.21.0.0/16")
CROSSLINK = IPv4Network("172.22.0.0/30")
RESERVED = (
    ("the stores", STORE_RANGES[0]),
    ("the stores", STORE_RANGES[1]),
    ("the tunnels", TUNNEL_RANGE),
    ("the pods of every store", POD_RANGE),
    ("the services of every store", SERVICE_RANGE),
    ("the cross-links", CROSSLINK),
)
"""Ranges of the design that nobody else may use; the centre's range is given out by fleet.yaml."""

PLANES = ("A1", "A2", "B1", "B2", "C1", "C2")
"""Uplink class (A, B wired, C LTE) times hub; a plane's /16 is at its place in this order."""

ZONES = ("pos", "office", "edge", "iot", "guest")
DHCP_ZONES = ("pos", "office", "iot", "guest")
"""Zones with a pool: in `edge` the upper half belongs to service addresses."""

_OFFSETS: Mapping[str, tuple[int, int]] = {
    "pos": (0, 25),
    "office": (128, 25),
    "edge": (256, 24),
    "iot": (512, 24),
    "guest": (768, 24),
}
_HUB_OFFSET = 65_280
_HUB_ASN = 4_200_000_000
_STORE_ASN = 4_210_000_000


@dataclass(frozen=True)
class StoreNumbers:
    """The numbers of the store with `index` (0 to MAX_INDEX, else ValueError).

    `prefixes` is zone -> prefix where a store brings its own (`addressing: explicit`); tunnels and AS stay computed.
    """

    index: int
    prefixes: Mapping[str, IPv4Network] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not 0 <= self.index <= MAX_INDEX:
            raise ValueError(f"index {self.index} is outside 0-{MAX_INDEX}")

    @property
    def block(self) -> int:
        return self.index // BLOCK_SIZE

    @property
    def supernet(self) -> IPv4Network:
        """The store's /22."""
        return IPv4Network((int(STORE_RANGES[0].network_address) + self.index * 1024, 22))

    def zone(self, name: str) -> IPv4Network:
        """The prefix of a zone of ZONES; KeyError for another name."""
        return self._zones[name]

    @cached_property
    def _zones(self) -> dict[str, IPv4Network]:
        base = int(STORE_RANGES[0].network_address) + self.index * 1024
        computed = {name: IPv4Network((base + offset, length)) for name, (offset, length) in _OFFSETS.items()}
        return {**computed, **self.prefixes}

    def gateway(self, zone: str) -> IPv4Address:
        """The first address of the zone: the only gateway's, or VRRP's where there are two."""
        return self.zone(zone)[1]

    def dhcp_range(self, zone: str) -> tuple[IPv4Address, IPv4Address]:
        """First and last address of the pool, the zone's upper half; ValueError for `edge`, which has none."""
        if zone not in DHCP_ZONES:
            raise ValueError(f"zone {zone} has no DHCP pool")
        network = self.zone(zone)
        return network[network.num_addresses // 2], network[-2]

    def slot(self, zone: str, number: int) -> IPv4Address:
        """The address of a reservation: host `number` of the zone's lower half, from 10, in zone edge from 100, else ValueError."""
        network = self.zone(zone)
        first, last = slot_limits(zone, network.prefixlen)
        if not first <= number <= last:
            raise ValueError(f"{number} is outside {first}-{last}, the fixed addresses of zone {zone}")
        return network[number]

    def gateway_box(self, n: int, zone: str = "edge") -> IPv4Address:
        """The own address of gateway 1 or 2 in a zone (`.2`, `.3`)."""
        return self.zone(zone)[_within(n, 1, 2) + 1]

    def server(self, n: int) -> IPv4Address:
        """Server 1 to 10: `.10` to `.19` of zone edge."""
        return self.zone("edge")[_within(n, 1, 10) + 9]

    def agent(self, n: int) -> IPv4Address:
        """Agent 1 to 80: `.20` to `.99` of zone edge."""
        return self.zone("edge")[_within(n, 1, 80) + 19]

    @property
    def service_range(self) -> IPv4Network:
        """Addresses that the store's cluster gives to services: the upper half of zone edge."""
        edge = self.zone("edge")
        return IPv4Network((int(edge.network_address) + edge.num_addresses // 2, edge.prefixlen + 1))

    @property
    def announced(self) -> tuple[IPv4Network, ...]:
        """What the store announces to its hubs and a hub lets it send from: every zone but guest."""
        if self.prefixes:
            return tuple(self.zone(name) for name in ZONES if name != "guest")
        base = int(self.supernet.network_address)
        return IPv4Network((base, 23)), IPv4Network((base + 512, 24))

    def tunnel(self, plane: str) -> IPv4Address:
        """The store's own tunnel address (a /32) on a plane of PLANES."""
        return plane_range(plane)[self.index]

    @property
    def asn(self) -> int:
        return _STORE_ASN + self.index


def slot_limits(zone: str, prefix_length: int) -> tuple[int, int]:
    """First and last host number that a reservation in a zone of this size may have: below the pool, above our boxes."""
    return 100 if zone == "edge" else 10, 2 ** (31 - prefix_length) - 1


def zone_length(zone: str) -> int:
    """The prefix length that a zone has by design."""
    return _OFFSETS[zone][1]


def _within(n: int, low: int, high: int) -> int:
    if not low <= n <= high:
        raise ValueError(f"{n} is outside {low}-{high}")
    return n


@lru_cache
def plane_range(plane: str) -> IPv4Network:
    """The /16 of a plane; ValueError for a name that is not in PLANES."""
    return IPv4Network((int(TUNNEL_RANGE.network_address) + PLANES.index(plane) * 65_536, 16))


@lru_cache
def hub_tunnel(plane: str, region_number: int) -> IPv4Address:
    """A hub's tunnel address on a plane; `region_number` is the region's first block."""
    return plane_range(plane)[_HUB_OFFSET + _within(region_number, 0, BLOCKS - 1)]


def hub_asn(region_number: int, n: int) -> int:
    """The AS of hub 1 or 2 of a region."""
    return _HUB_ASN + 10 * _within(region_number, 0, BLOCKS - 1) + _within(n, 1, 2)


def zone_match(zone: str, field: Literal["saddr", "daddr"] = "saddr") -> str:
    """The nftables expression that holds for this zone of every store, and for no address outside the store ranges."""
    offset, length = _OFFSETS[zone]
    mask = IPv4Address(1024 - 2 ** (32 - length))
    ranges = ", ".join(map(str, STORE_RANGES))
    return f"ip {field} {{ {ranges} }} ip {field} & {mask} == {IPv4Address(offset)}"
