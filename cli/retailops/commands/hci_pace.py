"""How full the storage was whenever somebody looked, kept beside the fleet's records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retailops.commands.app import App
from retailops.commands.hci_target import described
from retailops.errors import RetailopsError

if TYPE_CHECKING:
    from retailops.ports import Json

NAME = "hci-filling.json"
EVERY, MOST = 600.0, 4000
"""Seconds between two samples that are kept, and how many."""


def until_full(app: App, state: Mapping[str, Json]) -> float | None:
    """Days until the disks are full at their pace, None where it isn't known yet; what is seen now is kept."""
    from retailops.hci.status.filling import days_left, fullest
    from retailops.model.writing import write_whole

    path = app.root / described(app).state.path / NAME
    samples, now = _samples(path), app.ports.clock.now().timestamp()
    if not samples or now - samples[-1][0] >= EVERY:
        samples = [*samples, (now, round(fullest(state), 5))][-MOST:]
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(samples) + "\n")
    return days_left(samples, state["ratios"]["full"])


def _samples(path: Path) -> list[tuple[float, float]]:
    if not path.exists():
        return []
    try:
        found: Any = json.loads(path.read_text("utf-8"))
        return [(float(at), float(share)) for at, share in found]
    except (OSError, ValueError, TypeError) as error:
        raise RetailopsError(
            f"{path} does not say how full the storage was", details=str(error), resolution="Move it away."
        ) from error
