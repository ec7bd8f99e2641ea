"""JSON Schema of each kind of file, for editors."""

from __future__ import annotations

import json
from typing import Any

from retailops.model.chain import FleetFile
from retailops.model.formats import Format
from retailops.model.stores import Store
from retailops.model.values import Part

KINDS: dict[str, type[Part]] = {"fleet": FleetFile, "format": Format, "store": Store}


def schema(kind: str) -> dict[str, Any]:
    """The schema of `fleet`, `format` or `store`; KeyError for another kind."""
    document = KINDS[kind].model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}


def schema_text(kind: str) -> str:
    """The schema as it stands in a file."""
    return json.dumps(schema(kind), ensure_ascii=False, indent=2) + "\n"
