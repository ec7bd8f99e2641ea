"""What a change of the fleet repository touches, saved so that exactly that can be applied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from retailops.cloud.catalog import EDGE
from retailops.errors import FleetError, UsageError
from retailops.plan import digest

Form = Literal["changes", "same", "deferred", "refused", "failed"]
VERSION = 2


@dataclass(frozen=True)
class StackChange:
    """One stack of a plan: `inputs` is its input hash, `state` the digest of its state when it was previewed.

    `form`: `changes`, `same` (new inputs, nothing to do), `deferred` (could not be reached: unknown), `refused` (by a policy),
    `failed` (no preview); `why` says so for the last three. `steps` holds (op, urn) of whatever is not the same.
    """

    project: str
    stack: str
    inputs: str
    form: Form
    state: str = ""
    steps: tuple[tuple[str, str], ...] = ()
    why: str = ""

    @property
    def name(self) -> str:
        return f"{self.project}/{self.stack}"


@dataclass(frozen=True)
class ChangePlan:
    """`changes` are the stacks whose inputs moved; `unchanged` counts the others, `waiting` those never brought up.

    `fleet` is the chain's id.
    """

    fleet: str
    world: str
    engine: str
    changes: tuple[StackChange, ...]
    unchanged: int
    waiting: tuple[str, ...]

    def of(self, form: Form) -> tuple[StackChange, ...]:
        return tuple(change for change in self.changes if change.form == form)

    @property
    def stores(self) -> int:
        """How many stores an apply would touch, or tries to; clouds are not of them."""
        return sum(change.project == EDGE for change in (*self.of("changes"), *self.of("deferred")))

    def check_origin(self, fleet: str, world: str) -> None:
        """Raises `UsageError` for a plan of another fleet or world."""
        if self.fleet != fleet:
            raise UsageError(f"the plan is of the fleet {self.fleet}, this is {fleet}")
        if self.world != world:
            raise UsageError(f"the plan was made in the world {self.world}, this is {world}")

    @property
    def digest(self) -> str:
        """Covers everything that an apply relies on."""
        return digest(self._body())

    def to_json(self) -> dict[str, Any]:
        return {**self._body(), "digest": self.digest}

    def _body(self) -> dict[str, Any]:
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ChangePlan:
        changes = tuple(
            StackChange(**{**item, "steps": tuple((op, urn) for op, urn in item["steps"])})
            for item in document["changes"]
        )
        return cls(
            document["fleet"],
            document["world"],
            document["engine"],
            changes,
            document["unchanged"],
            tuple(document["waiting"]),
        )


def read_change_plan(path: Path) -> ChangePlan:
    """The saved plan; raises `FleetError` for a file that is none or was changed after it was written."""
    try:
        document = json.loads(path.read_bytes())
        if document["version"] != VERSION:
            raise ValueError(f"it is of version {document['version']}; {VERSION} is known here")
        plan, bound = ChangePlan.from_json(document), document["digest"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FleetError(
            f"{path} is no plan that can be applied: {error}", resolution="Plan again: retailops ci plan --out FILE"
        ) from error
    if plan.digest != bound:
        raise FleetError(
            f"{path} was changed after it was written", resolution="Plan again: retailops ci plan --out FILE"
        )
    return plan
