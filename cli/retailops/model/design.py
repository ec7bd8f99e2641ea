"""The design of one store: everything that rendering needs, with every number worked out."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Literal

from retailops.addressing import DHCP_ZONES, PLANES, StoreNumbers, hub_asn, hub_tunnel
from retailops.model.chain import Chain, FleetFile, Hub, Region, Wan
from retailops.model.document import design_document
from retailops.model.formats import Format, Planes
from retailops.model.store_rules import planes_of
from retailops.model.stores import Store, Uplink
from retailops.model.workloads import TILL, Workload


@dataclass(frozen=True)
class Zone:
    """One network of the store; `dhcp` is its pool's first and last address."""

    name: str
    prefix: IPv4Network
    gateway: IPv4Address
    dhcp: tuple[IPv4Address, IPv4Address] | None


@dataclass(frozen=True)
class Box:
    """A machine of ours: `address` is its own in zone edge, `zones` its address in each zone it stands in.

    A lone gateway answers at each zone's gateway address and, in zone edge, at `address` as well; of two gateways each has its own
    and VRRP moves the gateway address. `cluster` is its part in the edge cluster, if any.
    """

    name: str
    host: str
    role: Literal["gateway", "server", "agent"]
    address: IPv4Address
    zones: dict[str, IPv4Address]
    cluster: Literal["server", "agent"] | None = None
    serial: str | None = None


@dataclass(frozen=True)
class Tunnel:
    """One overlay path: an uplink times a hub. `endpoint` is the hub's address by design; `ports.Site.endpoints` may know better."""

    plane: str
    uplink: str
    hub: str
    address: IPv4Address
    hub_address: IPv4Address
    hub_asn: int
    hub_port: int
    endpoint: IPv4Address | None
    gateway: str


@dataclass(frozen=True)
class DesignDevice:
    """A known device; `address` is its reservation, None where the pool decides."""

    id: str
    host: str
    kind: str
    zone: str
    mac: str
    address: IPv4Address | None


@dataclass(frozen=True)
class StoreDesign:
    """What is wanted for one store, made of its own file, its format, its region and the fleet's policies; no other store."""

    environment: Literal["lab", "production"]
    chain: Chain
    region: Region
    wan: Wan
    format: Format
    store: Store
    numbers: StoreNumbers
    zones: dict[str, Zone]
    boxes: tuple[Box, ...]
    tunnels: tuple[Tunnel, ...]
    devices: tuple[DesignDevice, ...]
    workloads: tuple[Workload, ...]
    planes: Planes

    @property
    def id(self) -> str:
        return self.store.id

    @property
    def uplinks(self) -> tuple[Uplink, ...]:
        return self.store.uplinks

    @property
    def domain(self) -> str:
        """The store's own domain: `<id>.<wan domain>`."""
        return f"{self.store.id}.{self.wan.domain}"

    @property
    def gateways(self) -> tuple[Box, ...]:
        return tuple(box for box in self.boxes if box.role == "gateway")

    @property
    def tills(self) -> tuple[Box, ...]:
        """The servers that each keep a till: as many as its workload has replicas, the first ones."""
        wanted = next((workload.replicas for workload in self.workloads if workload.id == TILL), 1)
        return tuple(box for box in self.boxes if box.cluster == "server")[:wanted]

    def box(self, name: str) -> Box:
        """The box `gw1`, `edge1` ...; KeyError for another name."""
        for box in self.boxes:
            if box.name == name:
                return box
        raise KeyError(name)

    def document(self) -> dict[str, Any]:
        """The design as JSON values, the same on every machine: what the design digest covers."""
        return design_document(self)


def resolve(fleet: FleetFile, form: Format, store: Store) -> StoreDesign:
    """The design of a checked store; `form` is its format."""
    region = next(region for region in fleet.regions if region.id == store.region)
    numbers = StoreNumbers(store.index, store.prefixes)  # type: ignore[arg-type]
    overrides = store.overrides
    if overrides.agents is not None:
        form = form.model_copy(update={"agents": overrides.agents})
    return StoreDesign(
        environment=fleet.environment,
        chain=fleet.chain,
        region=region,
        wan=fleet.wan,
        format=form,
        store=store,
        numbers=numbers,
        zones={name: _zone(numbers, name) for name in form.zones},
        boxes=_boxes(form, store, numbers),
        tunnels=tuple(_tunnels(fleet.wan, region, form, store, numbers)),
        devices=tuple(_device(store, numbers, n) for n in range(len(store.devices))),
        workloads=form.workloads if overrides.workloads is None else overrides.workloads,
        planes=planes_of(store, form),
    )


def _zone(numbers: StoreNumbers, name: str) -> Zone:
    pool = numbers.dhcp_range(name) if name in DHCP_ZONES else None
    return Zone(name, numbers.zone(name), numbers.gateway(name), pool)


def _boxes(form: Format, store: Store, numbers: StoreNumbers) -> tuple[Box, ...]:
    def edge(name: str, role: Literal["server", "agent"], address: IPv4Address) -> Box:
        return Box(name, f"{store.id}-{name}", role, address, {"edge": address}, role, store.serials.get(name))

    gateways = [_gateway(form, store, numbers, n) for n in range(1, form.gateways + 1)]
    servers = [edge(f"edge{n}", "server", numbers.server(n)) for n in range(1, form.servers + 1)]
    agents = [edge(f"edge{form.servers + n}", "agent", numbers.agent(n)) for n in range(1, form.agents + 1)]
    return (*gateways, *servers, *agents)


def _gateway(form: Format, store: Store, numbers: StoreNumbers, n: int) -> Box:
    alone = form.gateways == 1
    zones: dict[str, IPv4Address] = {
        zone: numbers.gateway(zone) if alone else numbers.gateway_box(n, zone) for zone in form.zones
    }
    name = f"gw{n}"
    cluster: Literal["server"] | None = "server" if form.combined else None
    host = f"{store.id}-{name}"
    return Box(name, host, "gateway", numbers.gateway_box(n), zones, cluster, store.serials.get(name))


def _tunnels(wan: Wan, region: Region, form: Format, store: Store, numbers: StoreNumbers) -> list[Tunnel]:
    return [
        Tunnel(
            plane=f"{uplink.plane}{n}",
            uplink=uplink.id,
            hub=hub.id,
            address=numbers.tunnel(f"{uplink.plane}{n}"),
            hub_address=hub_tunnel(f"{uplink.plane}{n}", region.number),
            hub_asn=hub_asn(region.number, n),
            hub_port=wan.port + PLANES.index(f"{uplink.plane}{n}"),
            endpoint=_endpoint(hub, uplink),
            gateway="gw2" if form.gateways == 2 and uplink.plane != "A" else "gw1",
        )
        for uplink in store.uplinks
        for n, hub in enumerate(region.hubs, start=1)
    ]


def _endpoint(hub: Hub, uplink: Uplink) -> IPv4Address | None:
    return hub.endpoints.get(uplink.id) or hub.endpoints.get(uplink.plane)


def _device(store: Store, numbers: StoreNumbers, n: int) -> DesignDevice:
    device = store.devices[n]
    address = None if device.slot is None else numbers.slot(device.zone, device.slot)
    return DesignDevice(device.id, f"{store.id}-{device.id}", device.kind, device.zone, device.mac, address)
