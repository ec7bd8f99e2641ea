"""How a check of the acceptance list hands back what it found, and how long that counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from retailops.ports import Json
from retailops.run.stage import Found

FRESH = timedelta(days=14)
GATE = "G10"


def result(kind: str, ok: bool, payload: Mapping[str, Json]) -> Json:
    """A handler's result with one piece of evidence."""
    return {"evidence": [Found(GATE, kind, ok, payload, FRESH).to_json()]}
