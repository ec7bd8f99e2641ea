"""A simulated store's internet lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from retailops.model import load_design
from retailops.ports import Direction
from retailops.twin.world import Document, World


class Lines:
    def __init__(self, world: World, root: Path) -> None:
        self._world = world
        self._root = root

    def cut(self, store: str, uplink: str, direction: Direction = "both") -> None:
        with self._world.call(f"cut {uplink}", store) as documents:
            cuts(documents[store])[uplink] = direction

    def heal(self, store: str, uplink: str) -> None:
        with self._world.call(f"heal {uplink}", store) as documents:
            cuts(documents[store]).pop(uplink, None)

    def state(self, store: str) -> Mapping[str, str]:
        names = [uplink.id for uplink in load_design(self._root, store).uplinks]
        with self._world.call("lines", store) as documents:
            return {name: cuts(documents[store]).get(name, "up") for name in names}


def cuts(store: Document) -> dict[str, str]:
    """Uplink id -> the direction that is cut."""
    found: dict[str, str] = store.setdefault("cuts", {})
    return found
