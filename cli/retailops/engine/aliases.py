"""Under which other names a resource may have been known: its own aliases, and those that it has from its parents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from retailops.engine import urns


@dataclass(frozen=True)
class Alias:
    """An old name as the program says it: a whole `urn`, or what differed; "" stands for "as it is now"."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


def alias(message: Any) -> Alias:
    """From a `pulumirpc.Alias`."""
    if message.WhichOneof("alias") == "urn":
        return Alias(urn=message.urn)
    spec = message.spec
    return Alias("", spec.name, spec.type, spec.stack, spec.project, spec.parentUrn, spec.noParent)


def old_urns(urn: str, parent: str, aliases: Iterable[Alias], known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Every URN that the resource may have had, likeliest first; `known` has those of the parents by their URN."""
    _, _, kind, name = urn.removeprefix("urn:pulumi:").split("::", 3)
    kind = kind.rsplit("$", 1)[-1]
    own = [_resolved(item, urn, parent, kind, name) for item in aliases]
    inherited = [
        _moved(old, parent, urns.type_of(one), urns.name_of(one))
        for old in known.get(parent, ())
        for one in (urn, *own)
    ]
    return tuple(item for item in dict.fromkeys([*own, *inherited]) if item != urn)


def _resolved(item: Alias, urn: str, parent: str, kind: str, name: str) -> str:
    if item.urn:
        return item.urn
    stack, project = urn.removeprefix("urn:pulumi:").split("::", 2)[:2]
    above = "" if item.no_parent else item.parent or parent
    return urns.make(item.stack or stack, item.project or project, above, item.type or kind, item.name or name)


def _moved(old_parent: str, parent: str, kind: str, name: str) -> str:
    """A child under its parent's old name; a name that begins with its parent's begins with the old one there."""
    stack, project = old_parent.removeprefix("urn:pulumi:").split("::", 2)[:2]
    before = urns.name_of(parent)
    if name.startswith(before):
        name = urns.name_of(old_parent) + name[len(before) :]
    return urns.make(stack, project, old_parent, kind, name)
