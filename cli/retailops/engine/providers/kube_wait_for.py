"""What a program itself calls ready: `pulumi.com/waitFor` with `jsonpath={…}[=VALUE]`, `condition=TYPE[=STATUS]`, or a list."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from retailops.engine.providers.kube_notes import WAIT_FOR
from retailops.errors import RetailopsError, ToolError

_JSONPATH = re.compile(r"jsonpath=\{(?P<path>.+)\}(=(?P<value>[^={}]+))?")
_CONDITION = re.compile(r"condition=(?P<type>[^=]+)(=(?P<status>[^=]+))?")


def expressions(text: str) -> list[str]:
    """One expression, or a JSON list of them. Raises for one that can't be read."""
    try:
        found = json.loads(text)
    except ValueError:
        found = [text]
    if not isinstance(found, list) or not found or not all(isinstance(item, str) for item in found):
        raise _unreadable(text)
    for item in found:
        if (match := _JSONPATH.fullmatch(item)) is not None:
            _compiled(match["path"])
        elif not _CONDITION.fullmatch(item):
            raise _unreadable(item)
    return found


def unmet(text: str, live: Mapping[str, Any]) -> str:
    """The first expression that does not hold yet, in words; "" when all hold."""
    return next((word for item in expressions(text) if (word := _unmet(item, live))), "")


def _unmet(expression: str, live: Mapping[str, Any]) -> str:
    if (match := _JSONPATH.fullmatch(expression)) is not None:
        return _unmatched(match["path"], match["value"], live)
    wanted = _CONDITION.fullmatch(expression)
    assert wanted is not None
    return _uncondition(wanted["type"], wanted["status"] or "True", live)


def _unmatched(path: str, value: str | None, live: Mapping[str, Any]) -> str:
    wanted = f"{{{path}}}" + (f"={value}" if value else "")
    found = _compiled(path).findall(live)
    if not found:
        return f"waiting for {wanted}, which is not there yet"
    if value is None:
        return ""
    if isinstance(found[0], dict | list):
        raise ToolError(f"{WAIT_FOR}: {wanted} compares something that is not a single value")
    return "" if _word(found[0]) == value else f"waiting for {wanted}, it is {_word(found[0])}"


def _uncondition(kind: str, status: str, live: Mapping[str, Any]) -> str:
    state = live.get("status") or {}
    for item in state.get("conditions") or ():
        if str(item.get("type")).lower() != kind.lower():
            continue
        seen = item.get("observedGeneration", state.get("observedGeneration"))
        if seen is not None and seen < live["metadata"].get("generation", 0):
            return f"waiting for the condition {kind}: its controller has not seen the last change yet"
        if str(item.get("status")).lower() == status.lower():
            return ""
        said = f": {item['message']}" if item.get("message") else ""
        return f"waiting for the condition {kind}={status}, it is {item.get('status')}{said}"
    return f"waiting for the condition {kind}, which is not there yet"


def _compiled(path: str) -> Any:
    import jsonpath
    from jsonpath.exceptions import JSONPathError

    try:
        return jsonpath.compile(path if path.startswith("$") else f"${path}")
    except JSONPathError as error:
        raise _unreadable(f"jsonpath={{{path}}}") from error


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unreadable(text: str) -> RetailopsError:
    return RetailopsError(
        f"the annotation {WAIT_FOR} can't be read: {text}",
        resolution="Write jsonpath={.path}, jsonpath={.path}=VALUE, condition=TYPE, condition=TYPE=STATUS, or a JSON list.",
    )
