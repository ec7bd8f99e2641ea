"""What a change of the fleet repository touches, saved so that exactly that can be applied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from retailops.cloud.catalog import EDGE
from retailops.cloud.stack_price import StackPrice
from retailops.errors import FleetError, UsageError
from retailops.plan import digest
from retailops.ports import PolicyFinding

Form = Literal["changes", "same", "deferred", "refused", "failed"]
VERSION = 3


@dataclass(frozen=True)
class StackChange:
    """One stack of a plan: `inputs` is its input hash, `state` the digest of its state when it was previewed.

    `form`: `changes`, `same` (new inputs, nothing to do), `deferred` (could not be reached: unknown), `refused` (by a policy),
    `failed` (no preview); `why` says so for the last three. `steps` holds (op, urn) of whatever is not the same, `paths` for
    each of them the properties that differ. `price` is a cloud's.
    """

    project: str
    stack: str
    inputs: str
    form: Form
    state: str = ""
    steps: tuple[tuple[str, str], ...] = ()
    why: str = ""
    paths: tuple[tuple[str, ...], ...] = ()
    policies: tuple[PolicyFinding, ...] = ()
    price: StackPrice | None = None

    @property
    def name(self) -> str:
        return f"{self.project}/{self.stack}"

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> StackChange:
        read = {
            "steps": tuple((op, urn) for op, urn in document["steps"]),
            "paths": tuple(tuple(paths) for paths in document["paths"]),
            "policies": tuple(PolicyFinding(**item) for item in document["policies"]),
            "price": StackPrice.from_json(document["price"]) if document["price"] else None,
        }
        return cls(**{**document, **read})


@dataclass(frozen=True)
class Expiring:
    """A waiver that ends soon, on `until` (an ISO day), whether the plan needs it or not."""

    policy: str
    stack: str
    resource: str
    until: str


@dataclass(frozen=True)
class ChangePlan:
    """`changes` are the stacks whose inputs moved; `unchanged` counts the others, `waiting` those never brought up.

    `fleet` is the chain's id, `day` the ISO day on which it was made. `base` is the commit that it was compared with, "" for what
    is applied, and `base_fault` why not with the one that was asked for; `added` of the waiting ones are not in `base`, and `gone`
    are only there. `released` counts the stacks that are left to an open rollout.
    """

    fleet: str
    world: str
    engine: str
    changes: tuple[StackChange, ...]
    unchanged: int
    waiting: tuple[str, ...]
    day: str = ""
    base: str = ""
    base_fault: str = ""
    expiring: tuple[Expiring, ...] = ()
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    released: int = 0

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
        known = {key: value for key, value in document.items() if key not in ("version", "digest")}
        read = {
            "changes": tuple(StackChange.from_json(item) for item in document["changes"]),
            **{key: tuple(document[key]) for key in ("waiting", "added", "gone")},
            "expiring": tuple(Expiring(**item) for item in document["expiring"]),
        }
        return cls(**{**known, **read})


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
