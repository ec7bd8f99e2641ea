"""How much a container may take, and how much it asks for."""

from __future__ import annotations

from collections.abc import Iterator

from retailops_stacks.policies.pods import containers
from retailops_stacks.policies.registered import Policy, Registered, mapping


def _sized(item: Registered, field: str, word: str) -> Iterator[str]:
    for container in containers(item):
        given = mapping(mapping(container.get("resources")).get(field))
        if missing := [key for key in ("cpu", "memory") if not given.get(key)]:
            yield f"has no {' and '.join(missing)} {word} for container {container.get('name')}"


def _limited(item: Registered) -> Iterator[str]:
    return _sized(item, "limits", "limit")


def _asking(item: Registered) -> Iterator[str]:
    return _sized(item, "requests", "request")


LIMITS = Policy("limits", "one container must not starve the till", "mandatory", _limited)
REQUESTS = Policy("requests", "a node is filled by what pods ask for", "advisory", _asking)
