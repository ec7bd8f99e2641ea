"""The central clouds: what runs in each, on which machines, for whom, at what price, and where data may live."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from annotated_types import Ge, Le
from pydantic import AfterValidator, Field, model_validator

from retailops.model.values import (
    DataClass,
    FreeText,
    Id,
    Image,
    Integer,
    LabelValue,
    Misplaced,
    Name,
    Part,
    Positive,
    Prefix,
    SecretRef,
    Text,
)

ServiceName = Literal["sdwan", "mirror", "events", "metrics", "alerts", "backup", "database"]
SERVICES: tuple[ServiceName, ...] = get_args(ServiceName)
"""The catalogue of the central services, in the order in which they come up."""

PLACES_ONLY: tuple[ServiceName, ...] = ("sdwan",)
"""Services whose program runs elsewhere (the hubs), and have their namespace, account and configuration here."""

WITH_PASSWORD: tuple[ServiceName, ...] = ("backup", "database")
"""Services that wait until somebody gives them a password."""

PRIVATE_ONLY: tuple[DataClass, ...] = ("personal", "payment")
"""Classes that no declaration can let out of the private side."""


class Placement(Part):
    """The public regions in which data of each class may live; the private side may hold all of it."""

    public: tuple[Name, ...] = ()
    operations: tuple[Name, ...] = ()
    sales: tuple[Name, ...] = ()
    personal: tuple[Name, ...] = ()
    payment: tuple[Name, ...] = ()

    def regions(self, data_class: DataClass) -> tuple[str, ...]:
        return tuple(getattr(self, data_class))


class Service(Part):
    """A central service of the catalogue. Without an image it gets its place and waits there."""

    id: ServiceName
    data_class: DataClass
    image: Image | None = None
    password: SecretRef | None = None
    replicas: Annotated[Integer, Ge(1), Le(9)] = 1
    cpu_millis: Positive = 500
    memory_mib: Positive = 512
    storage_gib: Positive = 10


class Team(Part):
    """A team's own namespace with its share of the cluster."""

    id: Id
    data_class: DataClass
    cpu_millis: Positive = 2000
    memory_mib: Positive = 4096
    pods: Positive = 40


class NodePool(Part):
    """Machines of one kind, from `minimum` to `maximum`; `image` is the disk that a private one starts from."""

    machine: Name
    minimum: Annotated[Integer, Ge(0), Le(1000)] = 0
    maximum: Annotated[Integer, Ge(1), Le(1000)]
    image: Name | None = None
    place: dict[Name, Name] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _order(self) -> NodePool:
        if self.maximum < self.minimum:
            raise Misplaced(f"{self.maximum} is less than the minimum, {self.minimum}", "maximum")
        return self


class Budget(Part):
    """What a month may cost, in whole units of the currency (ISO 4217)."""

    monthly: Positive
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"


class Bucket(Part):
    """An object store's bucket."""

    id: Id
    data_class: DataClass


class CloudDatabase(Part):
    """A managed database; `size` is the provider's word for its machine."""

    engine: Literal["postgresql"] = "postgresql"
    version: Name = "16"
    size: Name
    storage_gib: Annotated[Integer, Ge(20), Le(64_000)] = 100
    data_class: DataClass


class Front(Part):
    """What a public region serves: it listens on 8080 and answers GET /healthz. Without an image it waits for one."""

    data_class: DataClass
    image: Image | None = None
    args: tuple[FreeText, ...] = ()
    replicas: Annotated[Integer, Ge(1), Le(1000)] = 2
    cpu_millis: Positive = 200
    memory_mib: Positive = 64


def _differing(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(value)) < len(value):
        raise ValueError("names a zone twice")
    return value


class Cloud(Part):
    """A central cloud: its addresses, and what its stack makes there (nothing without `services`, `teams` or `nodePool`).

    `centre` is the private cloud whose stack's outputs a public one reads.
    """

    id: Id
    name: Text
    kind: Literal["private", "public"]
    provider: Name
    region: Name | None = None
    centre: Id | None = None
    zones: Annotated[tuple[Name, ...], AfterValidator(_differing)] = ()
    prefixes: dict[Id, Prefix] = Field(default_factory=dict)
    credentials: SecretRef | None = None
    owner: LabelValue | None = None
    cost_centre: LabelValue | None = None
    version: Name | None = None
    node_pool: NodePool | None = None
    services: tuple[Service, ...] = ()
    teams: tuple[Team, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    database: CloudDatabase | None = None
    front: Front | None = None
    budget: Budget | None = None

    @property
    def has_stack(self) -> bool:
        """Whether there is anything for its stack to make."""
        return bool(self.services or self.teams or self.node_pool or self.buckets or self.database)
