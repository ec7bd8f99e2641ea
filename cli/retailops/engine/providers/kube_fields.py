"""Who holds a field of a live object: reading managedFields."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from retailops.engine.differences import MISSING, Path, expanded, parse, put


def holders(live: Mapping[str, Any], path: Path) -> list[Mapping[str, Any]]:
    """The managedFields entries that hold the field at the path, or something below it."""
    entries = live["metadata"].get("managedFields") or ()
    return [item for item in entries if item.get("fieldsV1") and _holds(item["fieldsV1"], live, path)]


def autoscaled(live: Mapping[str, Any], path: Path) -> bool:
    """Whether an autoscaler sets the field: it writes through the subresource `scale`."""
    return any(item.get("subresource") == "scale" for item in holders(live, path))


def yielded(document: dict[str, Any], live: Mapping[str, Any], manager: str, ignored: Iterable[str]) -> dict[str, Any]:
    """The document without the ignored fields that somebody else holds and we don't: to send them would be a conflict."""
    patterns = [parse(text) for text in ignored]
    for path in [path for pattern in patterns for path in expanded((document,), pattern)]:
        names = {item.get("manager") for item in holders(live, path)}
        if names and manager not in names:
            document = put(document, path, MISSING)
    return document


def _holds(fields: Mapping[str, Any], value: Any, path: Path) -> bool:
    for part in path:
        if not fields.keys() - {"."}:
            return "." not in fields
        key = f"f:{part}" if isinstance(part, str) else _element(fields, value, part)
        if key not in fields:
            return False
        fields, value = fields[key], _inside(value, part)
    return True


def _inside(value: Any, part: str | int) -> Any:
    try:
        return value[part]
    except (KeyError, IndexError, TypeError):
        return None


def _element(fields: Mapping[str, Any], value: Any, index: int) -> str:
    """The key under which managedFields has a list's element: by its keys, its value or its index."""
    element = _inside(value, index)
    for key in fields:
        if key.startswith("v:") and json.loads(key[2:]) == element:
            return key
        if key.startswith("k:") and isinstance(element, Mapping):
            names = json.loads(key[2:])
            if all(element.get(name) == wanted for name, wanted in names.items()):
                return key
    return f"i:{index}"
