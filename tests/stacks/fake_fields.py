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
    return {"manager": manager, "operation": operation, "leaves": sorted(path for path, _ in leaves(body))}


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
