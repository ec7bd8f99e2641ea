"""The machines of a lab and how they are wired, as a pure function of its record.

Names: network namespaces `rl-<lab>` (root, with the bridges), `rl-<lab>-isp-<letter>`, `rl-<lab>-<machine>`. Addresses: the lab's
slice `198.18.n.0/24` has the link to the computer (`.0/30`) and the management network (`.128/25`); a provider's side is
`198.51.100.0/30`-wise towards the hub and `100.65.k.0/24` (b: `100.66.`…) towards store k.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import IPv4Network

from retailops.addressing import STORE_RANGES
from retailops.lab.record import HciSpec, MemberSpec, Record, StoreSpec
from retailops.ports import Role

CENTRE = IPv4Network("10.0.16.0/24")
CENTRE_HUB, CENTRE_HQ, CENTRE_CONTROLLER = str(CENTRE[1]), str(CENTRE[10]), str(CENTRE[250])
MEMBERS = 40
"""How many machines the lab's cloud may have."""
_SLICES = IPv4Network("198.18.0.0/15")
_HUB_LINKS = IPv4Network("198.51.100.0/24")


@dataclass(frozen=True)
class Wire:
    """One interface of a machine: `network` as in `ports.Interface`; the far end is `plug` on `bridge` in namespace `space`.

    `routes` are (destination, next hop); without a next hop the destination is on the same wire.
    """

    network: str
    device: str
    mac: str
    space: str
    plug: str
    bridge: str
    address: str | None = None
    routes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Machine:
    """A host (`real` init) or a device; `management` is where SSH finds it, `space` its network namespace."""

    name: str
    role: Role
    store: str | None
    zone: str | None
    space: str
    wires: tuple[Wire, ...]
    management: str = ""

    @property
    def is_host(self) -> bool:
        return self.role != "device"


@dataclass(frozen=True)
class Segment:
    """A store's line at its provider: the bridge `name` in namespace `space`, leasing addresses of `network`."""

    store: str
    uplink: str
    isp: str
    space: str
    name: str
    network: IPv4Network
    down_mbit: int
    up_mbit: int


@dataclass(frozen=True)
class Cable:
    """Between a rack's bridge (end `down`) and the hyperconverged hosts' common one (end `up`), in the root namespace."""

    rack: str
    bridge: str
    up: str
    down: str


@dataclass(frozen=True)
class Topology:
    """Everything a lab has, derived from `record`."""

    record: Record

    @property
    def root(self) -> str:
        """The namespace in which whatever acts on the lab runs."""
        return f"rl-{self.record.id}"

    @property
    def computer_link(self) -> IPv4Network:
        """Where computer (`.1`) and lab (`.2`) meet."""
        return next(self.slice.subnets(new_prefix=30))

    @property
    def slice(self) -> IPv4Network:
        return slice_network(self.record.slice)

    @property
    def management(self) -> IPv4Network:
        return list(self.slice.subnets(new_prefix=25))[1]

    @property
    def isps(self) -> tuple[str, ...]:
        """The providers' letters; `a` and `b` are always there."""
        used = {uplink.isp for store in self.record.stores for uplink in store.uplinks}
        return tuple(sorted(used | {"a", "b"}))

    def isp_space(self, isp: str) -> str:
        return f"{self.root}-isp-{isp}"

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(
            Segment(
                store.id,
                uplink.id,
                uplink.isp,
                self.isp_space(uplink.isp),
                f"s{number}",
                IPv4Network(f"100.{_letter(uplink.isp) + 65}.{number}.0/24"),
                uplink.down_mbit,
                uplink.up_mbit,
            )
            for number, store in enumerate(self.record.stores, 1)
            for uplink in store.uplinks
        )

    @cached_property
    def bridges(self) -> tuple[str, ...]:
        """The bridges of the root namespace."""
        zones = (f"s{n}-{zone}" for n, store in enumerate(self.record.stores, 1) for zone in store.zones)
        racks = ("hci", *(cable.bridge for cable in self.cables)) if self.cables else ()
        return ("mgmt", "centre", *racks, *zones)

    @cached_property
    def cables(self) -> tuple[Cable, ...]:
        """One for each rack of hyperconverged hosts."""
        names = ((rack, short(f"rk-{rack}")) for rack in dict.fromkeys(host.rack for host in self.record.hci))
        return tuple(Cable(rack, name, short(f"{name}-u"), short(f"{name}-d")) for rack, name in names)

    @property
    def controllers(self) -> dict[str, str]:
        """Hyperconverged host -> address of its management controller, on the management network."""
        return {host.name: host.controller.address for host in self.record.hci if host.controller}

    @cached_property
    def machines(self) -> tuple[Machine, ...]:
        return tuple(self._machines())

    @property
    def hosts(self) -> tuple[Machine, ...]:
        return tuple(machine for machine in self.machines if machine.is_host)

    @property
    def devices(self) -> tuple[Machine, ...]:
        return tuple(machine for machine in self.machines if not machine.is_host)

    def hub_link(self, isp: str) -> IPv4Network:
        """Between provider (`.1`) and hub (`.2`)."""
        return list(_HUB_LINKS.subnets(new_prefix=30))[_letter(isp)]

    def _machines(self) -> Iterator[Machine]:
        numbers = iter(range(2, 126 - MEMBERS))
        hub, hq = (next(numbers), next(numbers))
        if self.record.stores or not self.record.hci:
            yield from self._centre(hub, hq)
        yield from (self.member(each) for each in self.record.members if not each.leaving)
        yield from (self._hyperconverged(each, 125 - MEMBERS - n) for n, each in enumerate(self.record.hci))
        for number, store in enumerate(self.record.stores, 1):
            key = f"s{number}"
            gateway = [*self._uplink_wires(store, key), *self._zone_wires(store, key)]
            yield self._host(f"{store.id}-gw1", "gateway", store.id, next(numbers), f"{key}gw1", gateway)
            server = [self._wire(f"{store.id}-edge1", "zone:edge", "lan0", self.root, f"{key}edge1-lan", f"{key}-edge")]
            yield self._host(f"{store.id}-edge1", "server", store.id, next(numbers), f"{key}edge1", server)
            for place, device in enumerate(store.devices, 1):
                plug, name = f"{key}dev{place}", f"{store.id}-{device.name}"
                bridge = f"{key}-{device.zone}"
                wire = Wire(f"zone:{device.zone}", "eth0", device.mac, self.root, plug, bridge)
                yield Machine(name, "device", store.id, device.zone, f"{self.root}-{name}", (wire,))

    def _centre(self, hub: int, hq: int) -> Iterator[Machine]:
        lines = [self._isp_wire(isp) for isp in self.isps]
        home = tuple((str(network), CENTRE_HUB) for network in STORE_RANGES)
        yield self._host("hub1", "hub", None, hub, "h", [*lines, self._centre_wire("h", CENTRE_HUB, ())])
        yield self._host("hq", "centre", None, hq, "q", [self._centre_wire("q", CENTRE_HQ, home)])

    def member(self, spec: MemberSpec) -> Machine:
        """A machine of the lab's cloud, on the centre's network."""
        home = tuple((str(network), CENTRE_HUB) for network in STORE_RANGES)
        key = f"c{spec.place}"
        wires = [self._centre_wire(key, member_address(spec), home)]
        made = self._host(spec.name, "cloud", None, 126 - spec.place, key, wires)
        # Who takes over a place takes over its hardware address: neighbours still have the one before in mind.
        first = replace(made.wires[0], mac=mac(self.record.id, key, "mgmt0"))
        return replace(made, wires=(first, *made.wires[1:]))

    def _hyperconverged(self, spec: HciSpec, number: int) -> Machine:
        """A host of the private cloud's ground, plugged into its rack's switch."""
        storage = IPv4Network(spec.storage)
        bridge = next(cable.bridge for cable in self.cables if cable.rack == spec.rack)
        device, address = mac(self.record.id, spec.name, "storage0"), f"{storage[spec.number]}/{storage.prefixlen}"
        routes = tuple(
            (other, "") for other in dict.fromkeys(each.storage for each in self.record.hci) if other != spec.storage
        )
        wire = Wire("storage", "storage0", device, self.root, short(f"{spec.name}-st"), bridge, address, routes)
        trunk = self._wire(spec.name, "trunk", "trunk0", self.root, short(f"{spec.name}-tr"), bridge)
        made = self._host(spec.name, "hci", None, number, short(f"k-{spec.name}"), [wire, trunk])
        reached = tuple((f"{each}/32", str(self.management[1])) for each in self.controllers.values())
        return replace(made, wires=(replace(made.wires[0], routes=reached), *made.wires[1:]))

    def _host(self, name: str, role: Role, store: str | None, number: int, key: str, wires: list[Wire]) -> Machine:
        address = str(self.management[number])
        first = self._wire(name, "management", "mgmt0", self.root, f"{key}-m", "mgmt", f"{address}/25")
        return Machine(name, role, store, None, f"{self.root}-{name}", (first, *wires), address)

    def _wire(
        self, host: str, network: str, device: str, space: str, plug: str, bridge: str, address: str | None = None
    ) -> Wire:
        return Wire(network, device, mac(self.record.id, host, device), space, plug, bridge, address)

    def _isp_wire(self, isp: str) -> Wire:
        link, space = self.hub_link(isp), self.isp_space(isp)
        routes = ((f"100.{_letter(isp) + 65}.0.0/16", str(link[1])),)
        device = f"isp-{isp}"
        return Wire(
            f"uplink:{isp}", device, mac(self.record.id, "hub1", device), space, "hub1", "hub", f"{link[2]}/30", routes
        )

    def _centre_wire(self, key: str, address: str, routes: tuple[tuple[str, str], ...]) -> Wire:
        name = mac(self.record.id, key, "centre0")
        return Wire("centre", "centre0", name, self.root, f"{key}-c", "centre", f"{address}/24", routes)

    def _uplink_wires(self, store: StoreSpec, key: str) -> Iterator[Wire]:
        for uplink in store.uplinks:
            host, space = f"{store.id}-gw1", self.isp_space(uplink.isp)
            plug = short(f"{key}w-{uplink.id}")
            yield self._wire(host, f"uplink:{uplink.id}", short(f"wan-{uplink.id}"), space, plug, key)

    def _zone_wires(self, store: StoreSpec, key: str) -> Iterator[Wire]:
        for zone in store.zones:
            host, plug = f"{store.id}-gw1", f"{key}gw1-{zone}"
            yield self._wire(host, f"zone:{zone}", f"lan-{zone}", self.root, plug, f"{key}-{zone}")


def member_address(spec: MemberSpec) -> str:
    """Where a machine of the lab's cloud answers on the centre's network."""
    return str(CENTRE[20 + spec.place])


def slice_network(number: int) -> IPv4Network:
    """The /24 of 198.18.0.0/15 with this number, 0-511."""
    return IPv4Network((int(_SLICES.network_address) + number * 256, 24))


def mac(*parts: str) -> str:
    """A locally administered address that is the same for the same parts."""
    digest = hashlib.sha256("/".join(parts).encode()).digest()
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest[:5]))


def short(name: str) -> str:
    """An interface's name: as it is up to 15 characters, else cut with a digest that keeps it unique."""
    return name if len(name) <= 15 else f"{name[:10]}{hashlib.sha256(name.encode()).hexdigest()[:5]}"


def _letter(isp: str) -> int:
    return ord(isp) - ord("a")
