"""What runs in a store's cluster, what it may use there, and with whom it may talk."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Field, model_validator

from retailops.model.values import (
    DataClass,
    FreeText,
    HttpPath,
    Id,
    Image,
    Integer,
    Misplaced,
    Part,
    PortNumber,
    Positive,
    SecretRef,
    Variable,
    ZoneName,
    entries,
)

TILL = "till"
_BY_THE_RELEASE = ("image", "ports", "health", "callers", "reaches", "environment", "secrets", "scratch_mib")
_LEAST_CPU = 20

UserPort = Annotated[Integer, Ge(1024), Le(65_535)]
"""A port that a program may open without being root."""


class NodeSize(Part):
    """What one box of the cluster has."""

    cpus: Annotated[Integer, Ge(1), Le(256)]
    memory_mib: Positive


class Reach(Part):
    """Somewhere that a workload may call: a zone, the centre or the internet, on these ports."""

    to: Literal[ZoneName, "centre", "internet"]
    protocol: Literal["tcp", "udp"] = "tcp"
    ports: Annotated[tuple[PortNumber, ...], entries(1, 16)]


class Workload(Part):
    """An application of the edge cluster; without an image it has its room and waits there.

    `cpu_millis` and `memory_mib` are its limits. `callers` reach its TCP `ports` at the address of the box that it runs on;
    `health` is a path of the first port, without which a connection is enough. `environment` holds no secret; `secrets` are variables
    too. What is in `scratch_mib` ends with the pod.
    """

    id: Id
    image: Image | None = None
    data_class: DataClass = "operations"
    cpu_millis: Positive = 250
    memory_mib: Positive = 256
    replicas: Annotated[Integer, Ge(1), Le(20)] = 1
    ports: Annotated[tuple[UserPort, ...], entries(0, 16)] = ()
    health: HttpPath | None = None
    callers: tuple[Literal[ZoneName, "centre"], ...] = ()
    reaches: Annotated[tuple[Reach, ...], entries(0, 16)] = ()
    environment: Annotated[dict[Variable, FreeText], entries(0, 32)] = Field(default_factory=dict)
    secrets: Annotated[dict[Variable, SecretRef], entries(0, 16)] = Field(default_factory=dict)
    scratch_mib: Positive | None = None

    @property
    def asks(self) -> tuple[int, int]:
        """What it asks of its box, CPU in thousandths and memory in MiB: a quarter of the CPU's limit, and all of the memory."""
        return max(self.cpu_millis // 4, _LEAST_CPU), self.memory_mib

    @model_validator(mode="after")
    def _whole(self) -> Workload:
        if self.id == TILL and (given := [key for key in _BY_THE_RELEASE if key in self.model_fields_set]):
            raise Misplaced(
                "comes with the release: the till takes cpuMillis, memoryMib, replicas, dataClass", given[0]
            )
        for field in ("health", "callers"):
            if getattr(self, field) and not self.ports:
                raise Misplaced("needs ports", field)
        if twice := sorted(self.environment.keys() & self.secrets.keys()):
            raise Misplaced(f"{twice[0]} is in environment too", "secrets", twice[0])
        return self
