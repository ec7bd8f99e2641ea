"""A store, as its file says."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Field, model_validator

from retailops.addressing import MAX_INDEX
from retailops.model.formats import Planes
from retailops.model.values import (
    Date,
    FreeText,
    Id,
    Integer,
    Mac,
    Misplaced,
    Name,
    Part,
    Prefix,
    SecretRef,
    Text,
    Timezone,
    Word,
    ZoneName,
    entries,
)
from retailops.model.week import Window, never_ends
from retailops.model.workloads import Workload


class Uplink(Part):
    """A line into the internet: `plane` is its class (A, B wired, C LTE), `carrier` an id of fleet.yaml."""

    id: Word
    kind: Literal["fibre", "cable", "dsl", "lte", "5g", "leased"]
    carrier: Id
    plane: Literal["A", "B", "C"]
    circuit: FreeText | None = None
    down_mbit: Annotated[Integer, Ge(1), Le(100_000)] | None = None
    up_mbit: Annotated[Integer, Ge(1), Le(100_000)] | None = None
    login: SecretRef | None = None


class Device(Part):
    """A known device: `slot` is its fixed host number in the zone's lower half (10 upwards); without one the pool decides."""

    id: Word
    kind: Literal["pos", "scale", "payment", "camera", "printer", "label", "sensor", "phone", "other"]
    zone: ZoneName
    mac: Mac
    slot: Annotated[Integer, Ge(10), Le(127)] | None = None
    serial: Name | None = None


class Overrides(Part):
    """Where one store differs from its format."""

    planes: Planes | None = None
    workloads: tuple[Workload, ...] | None = None
    agents: Annotated[Integer, Ge(0), Le(80)] | None = None


class Store(Part):
    """One store. `hours` is when it sells, `maintenance` when it may be touched; both are windows of its own local week."""

    api_version: Literal["retailops/v1"]
    kind: Literal["Store"]
    id: Id
    name: Text
    region: Id
    index: Annotated[Integer, Ge(0), Le(MAX_INDEX)]
    generation: Annotated[Integer, Ge(1), Le(1000)] = 1
    format: Id
    timezone: Timezone
    hours: Annotated[tuple[Window, ...], entries(1)]
    maintenance: tuple[Window, ...] = ()
    opens: Date
    retired: Date | None = None
    address: Text | None = None
    uplinks: tuple[Uplink, ...]
    devices: tuple[Device, ...] = ()
    addressing: Literal["computed", "explicit"] = "computed"
    prefixes: dict[ZoneName, Prefix] = Field(default_factory=dict)
    external_ids: dict[Id, Name] = Field(default_factory=dict)
    serials: dict[Word, Name] = Field(default_factory=dict)
    overrides: Overrides = Overrides()

    @model_validator(mode="after")
    def _complete(self) -> Store:
        if (self.addressing == "explicit") != bool(self.prefixes):
            raise Misplaced("explicit needs prefixes, and prefixes need it", "addressing")
        if not self.maintenance and never_ends(self.hours):
            raise Misplaced("the store never closes, so it needs maintenance: when it may be touched", "hours")
        return self
