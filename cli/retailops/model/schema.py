"""JSON Schema of each kind of file, for editors and the reference."""

from __future__ import annotations

import json
from typing import Any

from retailops.model.chain import FleetFile
from retailops.model.formats import Format
from retailops.model.meanings import MEANINGS
from retailops.model.price_file import PriceFile
from retailops.model.stores import Store
from retailops.model.values import Part
from retailops.model.waivers import WaiversFile

KINDS: dict[str, type[Part]] = {
    "fleet": FleetFile,
    "format": Format,
    "store": Store,
    "waivers": WaiversFile,
    "prices": PriceFile,
}


def schema(kind: str) -> dict[str, Any]:
    """The schema of one of `KINDS`, with the meaning of each field; KeyError for another kind."""
    model = KINDS[kind]
    document = model.model_json_schema(by_alias=True)
    _explain(model.__name__, document)
    for name, part in document.get("$defs", {}).items():
        _explain(name, part)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}


def _explain(name: str, part: dict[str, Any]) -> None:
    for key, field in part.get("properties", {}).items():
        field.pop("title", None)
        if meaning := MEANINGS.get(name, {}).get(key):
            field["description"] = meaning
    if name == "Text":
        part["anyOf"] = [{"type": "string"}, {key: part.pop(key) for key in ("type", "properties", "required")}]
        part["anyOf"][1]["additionalProperties"] = part.pop("additionalProperties")


def schema_text(kind: str) -> str:
    """The schema as it stands in a file."""
    return json.dumps(schema(kind), ensure_ascii=False, indent=2) + "\n"
