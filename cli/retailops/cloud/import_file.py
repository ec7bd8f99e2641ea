"""Pulumi's import file: `{"nameTable": {variable: urn}, "resources": [{type, name, id, parent, provider}]}`."""

from __future__ import annotations

import json
import keyword
from typing import Any

from retailops.errors import UsageError
from retailops.ports import Adoption, Existing

_WORDS = ("type", "name", "id", "parent", "provider")
_LEFT_TO_PULUMI = {"version", "pluginDownloadUrl", "properties", "remote", "logicalName"}


def read(text: str, where: str, *, protect: bool = True) -> Adoption:
    """Raises `UsageError` with what is wrong and at which of the resources."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where} is not JSON", details=str(error)) from error
    listed = document.get("resources") if isinstance(document, dict) else None
    table = document.get("nameTable") or {} if isinstance(document, dict) else {}
    if not isinstance(listed, list) or not listed or not isinstance(table, dict):
        raise UsageError(
            f"{where} is no import file",
            resolution='It looks like {"resources": [{"type": …, "name": …, "id": …}]}, as `pulumi import --file` wants it.',
        )
    if odd := [name for name in table if not name.isidentifier() or keyword.iskeyword(name)]:
        raise UsageError(f"{where}: nameTable has {odd[0]!r}, which can't be a variable of a program")
    things = tuple(_thing(item, f"{where}: resource {number}", table) for number, item in enumerate(listed, 1))
    return Adoption(things, protect, {str(urn): str(name) for name, urn in table.items()})


def _thing(item: Any, where: str, table: dict[str, Any]) -> Existing:
    if not isinstance(item, dict):
        raise UsageError(f"{where} is no object")
    if odd := sorted(set(item) - {*_WORDS, "component"}):
        known = "; the built-in engine does not know it" if odd[0] in _LEFT_TO_PULUMI else ""
        raise UsageError(f"{where} has the key {odd[0]!r}{known}")
    words = {key: item.get(key, "") for key in _WORDS}
    if wrong := [key for key, value in words.items() if not isinstance(value, str)]:
        raise UsageError(f"{where}: {wrong[0]} is no text")
    component = item.get("component") is True
    needed = ("type", "name") if component else ("type", "name", "id")
    if missing := [key for key in needed if not words[key]]:
        raise UsageError(f"{where} has no {missing[0]}")
    parent, provider = (str(table.get(words[key], words[key])) for key in ("parent", "provider"))
    return Existing(words["type"], words["name"], words["id"], parent, provider, component)
