"""A format: what a kind of store has."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import field_validator, model_validator

from retailops.addressing import ZONES
from retailops.model.values import Boolean, Id, Integer, Misplaced, Part, Positive, Text, ZoneName
from retailops.model.workloads import NodeSize, Workload

Care = Literal["managed", "observed", "absent"]
"""`managed` is kept right, `observed` is probed and never changed, `absent` is not there."""


class Planes(Part):
    """How each plane of a store is cared for."""

    wan: Care = "managed"
    edge: Care = "managed"
    apps: Care = "managed"


class Format(Part):
    """What a store of this format has. `servers` 0 with `combined` is a kiosk: gateway and cluster in one box.

    `node` is what each box of the cluster has; without it nobody can say what fits.
    """

    api_version: Literal["retailops/v1"]
    kind: Literal["Format"]
    id: Id
    name: Text
    gateways: Annotated[Integer, Ge(1), Le(2)]
    servers: Annotated[Integer, Ge(0), Le(5)]
    agents: Annotated[Integer, Ge(0), Le(80)] = 0
    combined: Boolean = False
    planes: Planes = Planes()
    node: NodeSize | None = None
    zones: tuple[ZoneName, ...] = ZONES  # type: ignore[assignment]
    workloads: tuple[Workload, ...] = ()
    min_uplinks: Annotated[Integer, Ge(1), Le(6)] = 2
    power_watts: Positive
    ports: Positive

    @field_validator("zones")
    @classmethod
    def _needed(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("names a zone twice")
        if missing := {"pos", "edge"} - set(value):
            raise ValueError(f"lacks {' and '.join(sorted(missing))}, which every store has")
        return tuple(zone for zone in ZONES if zone in value)

    @model_validator(mode="after")
    def _cluster_somewhere(self) -> Format:
        if self.combined and (self.servers or self.gateways > 1):
            raise Misplaced("takes one gateway and servers 0: that one box is both", "combined")
        if not self.combined and not self.servers and self.planes.edge != "absent":
            raise Misplaced("0 takes combined: true, or planes: {edge: absent}", "servers")
        if self.servers not in (0, 1, 3, 5):
            raise Misplaced("is 0, 1, 3 or 5: an even number can't outvote a loss", "servers")
        return self
