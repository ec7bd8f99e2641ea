"""Deciding what happens to one resource: pure, from what was and what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from retailops.engine.differences import MISSING, Change, expanded, get, matches, parse, put
from retailops.engine.providers.port import Diff
from retailops.engine.registration import Registration
from retailops.engine.state.checkpoint import Resource
from retailops.engine.values import plain

Op = Literal["same", "create", "update", "replace", "delete", "read", "refresh", "import"]


@dataclass(frozen=True)
class Step:
    """What happens, or would happen, to one resource; `diff` are texts with secrets masked."""

    op: Op
    urn: str
    diff: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    op: Op
    changes: tuple[Change, ...] = ()
    delete_first: bool = False

    def step(self, urn: str) -> Step:
        return Step(self.op, urn, tuple(change.text for change in self.changes))


def decide(
    old: Resource | None,
    new: Resource,
    asked: Registration,
    diff: Callable[[Resource, Resource], Diff],
    *,
    unsure: bool = False,
    forced: bool = False,
) -> Decision:
    """`unsure` says that an earlier update was cut off: then the resource is written again even without a change.

    `forced` asks for a replacement even without one.
    """
    if old is None or old.external:
        return Decision("create")
    found = diff(old, new)
    listed = any(matches(change.path, parse(text)) for change in found.changes for text in asked.replace_on_changes)
    triggered = None not in (old.replacement_trigger, new.replacement_trigger) and (
        plain(old.replacement_trigger) != plain(new.replacement_trigger)
    )
    if found.replace or listed or triggered or forced:
        first = found.delete_first if asked.delete_before_replace is None else asked.delete_before_replace
        return Decision("replace", found.changes, first)
    if found.changes or old.init_errors or unsure:
        return Decision("update", found.changes)
    return Decision("same")


def ignoring(new: Resource, old: Resource | None, paths: Iterable[str]) -> Resource:
    """The resource with its old input values at `ignore_changes` paths."""
    if old is None:
        return new
    inputs = dict(new.inputs)
    patterns = [parse(text) for text in paths]
    for path in [path for pattern in patterns for path in expanded((dict(old.inputs), dict(new.inputs)), pattern)]:
        before = get(dict(old.inputs), path)
        if before is not MISSING or get(inputs, path) is not MISSING:
            inputs = put(inputs, path, before)
    return replace(new, inputs=inputs)
