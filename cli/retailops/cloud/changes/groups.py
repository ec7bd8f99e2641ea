"""Stacks of a plan that change alike, as one: a thousand stores with the same change are one thing to review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from retailops.cloud.changes.change import Form, StackChange
from retailops.ports import PolicyFinding

ELLIPSIS = "…"


@dataclass(frozen=True)
class Resource:
    """What happens to one resource; `paths` are the properties that differ."""

    op: str
    kind: str
    name: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Stacks with the same form, reason and resources; where they are several, each one's own name is "…" in these.

    `refused_by` are the policies that stop them.
    """

    stacks: tuple[str, ...]
    form: Form
    why: str
    resources: tuple[Resource, ...]
    refused_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Objection:
    """The same finding of a policy in some stacks."""

    stacks: tuple[str, ...]
    finding: PolicyFinding


def groups(changes: Iterable[StackChange]) -> tuple[Group, ...]:
    """What stops the plan first, then as their first stacks are in it."""
    alike: dict[tuple[object, ...], list[StackChange]] = {}
    for change in changes:
        key = (change.project, change.form, _nameless(change.why, change), _resources(change), _refused_by(change))
        alike.setdefault(key, []).append(change)
    return tuple(sorted(map(_group, alike.values()), key=lambda group: group.form not in ("refused", "failed")))


def objections(changes: Iterable[StackChange]) -> tuple[Objection, ...]:
    """What stops first, then waived ones by their end, then advisory ones; of each kind the most frequent first."""
    found: dict[PolicyFinding, list[str]] = {}
    for change in changes:
        for finding in change.policies:
            found.setdefault(finding, []).append(change.name)
    made = [Objection(tuple(dict.fromkeys(stacks)), finding) for finding, stacks in found.items()]
    return tuple(sorted(made, key=lambda item: (not item.finding.stops, item.finding.until or "~", -len(item.stacks))))


def _group(members: list[StackChange]) -> Group:
    first = members[0]
    names = tuple(change.name for change in members)
    if len(members) == 1:
        return Group(names, first.form, first.why, _resources(first, own_name=True), _refused_by(first))
    return Group(names, first.form, _nameless(first.why, first), _resources(first), _refused_by(first))


def _refused_by(change: StackChange) -> tuple[str, ...]:
    return tuple(sorted({finding.policy for finding in change.policies if finding.stops}))


def _resources(change: StackChange, *, own_name: bool = False) -> tuple[Resource, ...]:
    paths = change.paths or ((),) * len(change.steps)
    return tuple(
        _resource(op, urn if own_name else _nameless(urn, change), each)
        for (op, urn), each in zip(change.steps, paths, strict=True)
    )


def _resource(op: str, urn: str, paths: tuple[str, ...]) -> Resource:
    kind, _, name = urn.rpartition("::")
    return Resource(op, kind.rpartition("$")[2].rpartition(":")[2], name, paths)


def _nameless(text: str, change: StackChange) -> str:
    return text.replace(change.stack, ELLIPSIS)
