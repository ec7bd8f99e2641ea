"""Who owns which leaf of an object, as the stand-in API server keeps it in managedFields."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any


def leaves(value: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, item in value.items():
        where = (*path, key)
        if where in (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")):
            continue
        if isinstance(item, dict) and item:
            yield from leaves(item, where)
        else:
            yield where, item


def entry(manager: str, operation: str, body: dict[str, Any]) -> dict[str, Any]:
    made = {"manager": manager, "operation": operation, "leaves": sorted(path for path, _ in leaves(body))}
    give_up(made, set())
    return made


def give_up(item: dict[str, Any], lost: set[tuple[str, ...]]) -> None:
    """Takes leaves from an entry; `fieldsV1` says the same as the real server's, with every list as a whole."""
    item["leaves"] = sorted(owned(item) - lost)
    item["fieldsV1"] = {}
    for leaf in item["leaves"]:
        below = item["fieldsV1"]
        for part in leaf:
            below = below.setdefault(f"f:{part}", {})


def owned(item: dict[str, Any]) -> set[tuple[str, ...]]:
    return {tuple(leaf) for leaf in item.get("leaves") or ()}


def at(value: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def set_leaf(value: dict[str, Any], path: tuple[str, ...], new: Any) -> None:
    for part in path[:-1]:
        value = value.setdefault(part, {})
    value[path[-1]] = copy.deepcopy(new)


def remove_leaf(value: dict[str, Any], path: tuple[str, ...]) -> None:
    for part in path[:-1]:
        value = value.get(part) or {}
    value.pop(path[-1], None)
