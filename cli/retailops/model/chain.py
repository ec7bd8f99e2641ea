"""The pieces of fleet.yaml: the chain, its regions, WAN policy, clouds, calendars, engines and state."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Field, model_validator

from retailops.addressing import BLOCKS
from retailops.model.clouds import Budget, Cloud, Placement
from retailops.model.hosts import Hci
from retailops.model.rollout import Rollout
from retailops.model.values import (
    Boolean,
    BucketUrl,
    Date,
    Domain,
    FreeText,
    Id,
    Integer,
    Keeper,
    LocalPath,
    Misplaced,
    Name,
    Part,
    PortNumber,
    Prefix,
    SecretRef,
    Text,
    ZoneName,
    entries,
)

Block = Annotated[Integer, Ge(0), Le(BLOCKS - 1)]


class Chain(Part):
    """The company."""

    id: Id
    name: Text
    contact: FreeText | None = None


class Hub(Part):
    """Where a region's stores call in: `endpoints` maps an uplink id or class to the hub's address for it."""

    id: Id
    site: Text | None = None
    endpoints: dict[Name, IPv4Address] = Field(default_factory=dict)


class Region(Part):
    """A region owns blocks of 1,024 indices and has two hubs."""

    id: Id
    name: Text
    blocks: Annotated[tuple[Block, ...], entries(1)]
    hubs: Annotated[tuple[Hub, ...], entries(1, 2)]

    @property
    def number(self) -> int:
        """The region's first block, from which its hubs' numbers come."""
        return self.blocks[0]


class Carrier(Part):
    """Who sells lines."""

    id: Id
    name: Text


class Bfd(Part):
    """How fast a dead path is seen: interval times multiplier."""

    interval_ms: Annotated[Integer, Ge(50), Le(5000)] = 300
    multiplier: Annotated[Integer, Ge(2), Le(20)] = 3


class Flow(Part):
    """One permission between zones, from every store's zone to another zone, the centre or the internet; all else is dropped."""

    source: Literal[ZoneName, "centre"] = Field(alias="from")
    target: Literal[ZoneName, "centre", "internet"] = Field(alias="to")
    protocol: Literal["tcp", "udp", "icmp"]
    ports: tuple[PortNumber, ...] = ()

    @model_validator(mode="after")
    def _ports(self) -> Flow:
        if (self.protocol == "icmp") == bool(self.ports):
            raise Misplaced("tcp and udp name their ports, icmp has none", "ports")
        return self


class Wan(Part):
    """The overlay's policy. `domain` holds the stores' names, `port` is the first plane's listening port at a hub."""

    domain: Domain
    mtu: Annotated[Integer, Ge(1280), Le(1420)] = 1380
    port: Annotated[Integer, Ge(1024), Le(65_000)] = 51_820
    keepalive_seconds: Annotated[Integer, Ge(1), Le(120)] = 15
    bfd: Bfd = Bfd()
    centre: Annotated[tuple[Prefix, ...], entries(1)]
    resolvers: tuple[IPv4Address, ...] = ()
    time_servers: tuple[IPv4Address, ...] = ()
    flows: tuple[Flow, ...] = ()


class Period(Part):
    """Days that mean something, both ends included; nothing is changed in a frozen one."""

    id: Id
    name: Text
    first: Date = Field(alias="from")
    last: Date = Field(alias="to")
    frozen: Boolean = True

    @model_validator(mode="after")
    def _order(self) -> Period:
        if self.last < self.first:
            raise Misplaced("ends before it begins", "to")
        return self


Count = Annotated[Integer, Ge(1), Le(10_000)]


class Forecast(Part):
    """What a promotion brings to a cloud's stack, and what carries it on a usual day."""

    cloud: Id
    peak: Annotated[Integer, Ge(1)]
    per_replica: Annotated[Integer, Ge(1)]
    replicas_per_node: Count
    replicas: Count
    nodes: Count
    machine: Name


class Promotion(Period):
    """Days of a promotion; with a forecast the cloud can be scaled out for it."""

    forecast: Forecast | None = None


class Calendars(Part):
    """National days and promotions."""

    national: tuple[Period, ...] = ()
    promotions: tuple[Promotion, ...] = ()


class Engine(Part):
    """A named engine with its version and digest, as production needs it."""

    name: Name
    version: Name
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None


class Engines(Part):
    """The engine behind each port; in a lab each is chosen by looking."""

    pulumi: Engine | None = None
    k3s: Engine | None = Field(default=None, alias="k3s")
    wireguard: Engine | None = None
    runs: Engine | None = None
    ansible: Engine | None = None


class State(Part):
    """Where retailops keeps its own: a folder beside fleet.yaml, or shared stores in production."""

    path: LocalPath = ".retailops"
    database: SecretRef | None = None
    bucket: BucketUrl | None = None
    passphrase: SecretRef | None = None
    secrets_provider: Keeper | None = None


class Trust(Part):
    """Who may sign certificates: the file of public keys, and this machine's key."""

    allowed_signers: LocalPath = "trust/allowed_signers"
    signing_key: SecretRef | None = None


class FleetFile(Part):
    """fleet.yaml as it is written."""

    api_version: Literal["retailops/v1"]
    kind: Literal["Fleet"]
    environment: Literal["lab", "production"]
    chain: Chain
    regions: Annotated[tuple[Region, ...], entries(1)]
    carriers: tuple[Carrier, ...] = ()
    wan: Wan
    clouds: tuple[Cloud, ...] = ()
    placement: Placement = Placement()
    budget: Budget | None = None
    hci: Hci = Hci()
    recovery: Hci = Hci()
    container_bridges: tuple[Prefix, ...] = ()
    calendars: Calendars = Calendars()
    engines: Engines = Engines()
    rollout: Rollout = Rollout()
    state: State = State()
    trust: Trust = Trust()
