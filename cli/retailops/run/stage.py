"""What a plane offers to a run: how to read, how to decide, and how to act on each kind of action."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

from retailops.model import StoreDesign
from retailops.plan import Action, Noop
from retailops.ports import Evidence, Json, OnLine, Ports, Site

Facts = TypeVar("Facts")


@dataclass(frozen=True)
class Context:
    """What a stage of one store works with; `digest` is the design digest that new evidence holds for, `root` the fleet repository."""

    ports: Ports
    design: StoreDesign
    site: Site
    root: Path
    digest: str
    on_line: OnLine


@dataclass(frozen=True)
class Found:
    """What one probe found; a handler returns a list of these under `evidence`, as JSON, and the runner appends them.

    `kind` names the check within `gate`; `fresh` is how long it counts (`None`: until the design changes).
    """

    gate: str
    kind: str
    ok: bool
    payload: Mapping[str, Json] = field(default_factory=dict)
    fresh: timedelta | None = None
    form: str = "probe"

    def to_json(self) -> dict[str, Json]:
        seconds = None if self.fresh is None else self.fresh.total_seconds()
        return {
            "gate": self.gate,
            "kind": self.kind,
            "ok": self.ok,
            "payload": dict(self.payload),
            "fresh": seconds,
            "form": self.form,
        }


Proven = Mapping[tuple[str, str], Evidence]
"""(gate, kind) -> evidence that is ok, fresh and of this design; what stands here needs no new probe."""

Handler = Callable[[Context, Mapping[str, Any]], Json]
"""Performs an action from its params; may run twice; returns JSON, probes under `evidence` as `Found.to_json()`."""


@dataclass(frozen=True)
class Stage(Generic[Facts]):
    """`read` asks the world through ports, `decide` is pure, `handlers` maps an action's kind to what performs it.

    `after` is called whenever the stage is right and its gate met, also where nothing had to be done.
    """

    name: str
    gate: str | None
    read: Callable[[Context], Facts]
    decide: Callable[[StoreDesign, Site, Facts, Proven], Iterator[Action | Noop]]
    handlers: Mapping[str, Handler]
    after: Callable[[Context], None] | None = None
