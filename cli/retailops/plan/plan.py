"""The plan of one stage: what binds an apply to what was read and approved."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retailops.errors import RetailopsError
from retailops.plan.actions import Action, Noop, item_from_json
from retailops.plan.digest import canonical, digest


@dataclass(frozen=True)
class Plan:
    """`items` in the order in which they are done; `design` is the design digest that the plan serves."""

    store: str
    stage: str
    design: str
    items: tuple[Action | Noop, ...]

    @property
    def actions(self) -> tuple[Action, ...]:
        return tuple(item for item in self.items if isinstance(item, Action))

    @property
    def noops(self) -> tuple[Noop, ...]:
        return tuple(item for item in self.items if isinstance(item, Noop))

    @property
    def digest(self) -> str:
        """Covers the design and the stage's actions, not the reasons for doing nothing."""
        actions = [item.to_json() for item in self.actions]
        return digest({"store": self.store, "stage": self.stage, "design": self.design, "actions": actions})

    def to_json(self) -> dict[str, Any]:
        return {
            "store": self.store,
            "stage": self.stage,
            "design": self.design,
            "items": [item.to_json() for item in self.items],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Plan:
        items = tuple(item_from_json(item) for item in document["items"])
        return cls(document["store"], document["stage"], document["design"], items)


def write_plan(plan: Plan, folder: Path) -> Path:
    """Writes `<folder>/<plan digest>.json`, on disk when it returns; an equal plan that is there already is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{plan.digest}.json"
    if path.exists():
        return path
    half = folder / f".{plan.digest}.{os.getpid()}"
    with half.open("wb") as file:
        file.write(canonical(plan.to_json()))
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return path


def read_plan(folder: Path, plan_digest: str) -> Plan:
    """The saved plan; refuses a file that does not have the digest of its name."""
    path = folder / f"{plan_digest}.json"
    try:
        plan = Plan.from_json(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RetailopsError(
            f"the saved plan {path} can't be read: {error}", resolution="Plan the stage again with a new attempt."
        ) from error
    if plan.digest != plan_digest:
        raise RetailopsError(
            f"the saved plan {path} was changed after it was written", resolution="Plan the stage again."
        )
    return plan
