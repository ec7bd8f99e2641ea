"""What each zone reached, as a probe tried it: the rows of the certificate's zone matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from retailops.ports import Evidence

KINDS = ("zone_matrix", "zones")
_KEYS = {"from", "to", "open", "shut"}


def matrix_of(evidence: Sequence[Evidence]) -> dict[str, Any] | None:
    """`{gate, kind, untried, cells: [{from, to, open: [door, ...], shut: n}]}` of the last zone probe that kept a table."""
    for kind in KINDS:
        for item in evidence:
            cells: Any = item.payload.get("table")
            if item.kind == kind and _is_table(cells):
                untried = item.payload.get("not_tried_from") or []
                return {
                    "gate": item.gate,
                    "kind": kind,
                    "untried": list(untried),
                    "cells": [dict(cell) for cell in cells],
                }
    return None


def _is_table(cells: Any) -> bool:
    return (
        isinstance(cells, list)
        and bool(cells)
        and all(isinstance(cell, dict) and set(cell) == _KEYS and isinstance(cell["open"], list) for cell in cells)
    )
