"""Actions and their absence. A decider yields one or the other for each thing that it looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Json = Any


@dataclass(frozen=True)
class FileDiff:
    """One file that an action would write: SHA-256 in hex before (`None`: not there, or not known) and after."""

    path: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Action:
    """A change to be made: `kind` names its handler (`wan.hub`), `target` the thing it changes, `params` all that the handler needs.

    `params` is JSON and holds no secret; `name` is unique within a plan and names the durable step.
    """

    plane: str
    kind: str
    target: str
    reason: str
    params: Mapping[str, Json] = field(default_factory=dict)
    diff: tuple[FileDiff, ...] = ()
    destructive: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.target}"

    def to_json(self) -> dict[str, Json]:
        return {"do": True, **asdict(self), "params": dict(self.params)}


@dataclass(frozen=True)
class Noop:
    """Nothing to do, and why: yielding nothing at all is a bug."""

    plane: str
    kind: str
    target: str
    reason: str

    def to_json(self) -> dict[str, Json]:
        return {"do": False, **asdict(self)}


def item_from_json(document: Mapping[str, Json]) -> Action | Noop:
    """The inverse of `to_json`."""
    fields = {key: value for key, value in document.items() if key != "do"}
    if not document["do"]:
        return Noop(**fields)
    return Action(**{**fields, "diff": tuple(FileDiff(**diff) for diff in fields["diff"])})
