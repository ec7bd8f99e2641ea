"""The hyperconverged hosts: where each stands, what it holds, what its storage promises to survive."""

from __future__ import annotations

from functools import cached_property
from ipaddress import IPv4Address
from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Field, model_validator

from retailops.model.machines import MOST, Hypervisor, Machine, MachineImage, Zone
from retailops.model.values import (
    Id,
    Integer,
    Misplaced,
    Name,
    Part,
    Percent,
    Positive,
    Prefix,
    SecretRef,
    Text,
    Word,
    entries,
)

Role = Literal["monitor", "storage", "machines"]
Outcome = Literal["heals", "serves"]
"""`heals`: every copy is made anew without a person; `serves`: reads and writes go on with fewer copies."""

NETWORKS = ("management", "storage", "cluster")
"""Prefixes that hosts take their addresses from, each by its number."""

GIB = 1024**3


class Slot(Part):
    """A place for a disk in a model of host; its size is the usable one, in GiB."""

    id: Word
    gib: Positive
    kind: Literal["nvme", "ssd", "hdd"] = "ssd"


class HostModel(Part):
    """A kind of computer, bought many times; `management` is its interface to the management network."""

    id: Id
    cores: Positive
    memory_gib: Positive
    network_gbit: Positive
    management: Word = "mgmt0"
    slots: Annotated[tuple[Slot, ...], entries(0, 60)] = ()


class Controller(Part):
    """The host's own management controller, which can cut its power and say that it is off."""

    kind: Literal["redfish", "ipmi"] = "redfish"
    address: IPv4Address
    user: Name
    password: SecretRef


class Host(Part):
    """One computer. `number` gives its addresses; `disks` maps each slot of its model to the serial of the disk in it."""

    id: Word
    number: Annotated[Integer, Ge(1), Le(500)]
    rack: Id
    model: Id
    roles: Annotated[tuple[Role, ...], entries(1)] = ("storage", "machines")
    disks: dict[Word, Name] = Field(default_factory=dict)
    controller: Controller | None = None


class Rack(Part):
    """A rack: what one power feed or one switch takes away."""

    id: Word
    room: Word


class Room(Part):
    """A room: what one fire takes away. The tie-break's room holds a monitor and no data."""

    id: Word
    name: Text


class Pool(Part):
    """A pool of volumes: how many copies, and its share of what can be used."""

    id: Id
    replicas: Annotated[Integer, Ge(2), Le(4)] = 3
    share: Percent


class Survives(Part):
    """What is promised when one host or one rack is lost for good."""

    host: Outcome = "heals"
    rack: Outcome = "serves"


class Scrub(Part):
    """When copies are compared: within these hours; everything is read in full once in `deep_days`."""

    begin: Annotated[Integer, Ge(0), Le(23)] = 1
    end: Annotated[Integer, Ge(0), Le(24)] = 6
    deep_days: Annotated[Integer, Ge(1), Le(60)] = 7


class Mirror(Part):
    """Disaster recovery: how often a snapshot of every volume goes to the other site."""

    minutes: Annotated[Integer, Ge(1), Le(1440)] = 3


class Hci(Part):
    """The hyperconverged hosts' networks, places, machines and promises; without hosts there is nothing to provision."""

    prefixes: dict[Id, Prefix] = Field(default_factory=dict)
    backend: Literal["packages", "cephadm"] = "packages"
    rooms: tuple[Room, ...] = ()
    racks: tuple[Rack, ...] = ()
    models: tuple[HostModel, ...] = ()
    hosts: tuple[Host, ...] = ()
    pools: tuple[Pool, ...] = ()
    survives: Survives = Survives()
    tie_break: Word | None = None
    scrub: Scrub = Scrub()
    mirror: Mirror | None = None
    time_servers: tuple[IPv4Address, ...] = ()
    machines_gib: Annotated[Integer, Ge(0), Le(100_000)] = 0
    hypervisor: Hypervisor = Hypervisor()
    zones: tuple[Zone, ...] = ()
    images: tuple[MachineImage, ...] = ()
    machines: Annotated[tuple[Machine, ...], entries(0, MOST)] = ()

    @model_validator(mode="after")
    def _shares(self) -> Hci:
        total = sum(pool.share for pool in self.pools)
        if self.pools and total > 100:
            raise Misplaced(f"the pools' shares add up to {total} %", "pools")
        return self

    @cached_property
    def model_of(self) -> dict[str, HostModel]:
        """Host id -> its model; KeyError within for a model that isn't there, which `check` has refused."""
        known = {model.id: model for model in self.models}
        return {host.id: known[host.model] for host in self.hosts}

    def promised_gib(self, priority: int = 0) -> float:
        """Memory for machines: what is planned for them, or what those described with this priority or a higher one take, if that is more."""
        taken = sum(machine.memory_mib for machine in self.machines if machine.priority >= priority)
        return max(self.machines_gib, taken / 1024)

    def least_copies(self, pool: Pool) -> int:
        """Copies of a block without which it is neither read nor written: most of them, or with a tie-break one room's."""
        return pool.replicas // 2 if self.tie_break else pool.replicas // 2 + 1

    def with_role(self, role: Role) -> tuple[Host, ...]:
        return tuple(host for host in self.hosts if role in host.roles)
