"""Nodes of the simulated world's regions, asked over HTTP: those that their stack has made answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from retailops.twin.stacks import HOSTS
from retailops.twin.world import World


class Web:
    """Implements `ports.Web`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def status(self, url: str, timeout: float) -> int:  # noqa: ARG002
        node, _, stack = (urlsplit(url).hostname or "").removesuffix(f".{HOSTS}").partition(".")
        with self._world.call(f"ask {node}", stack) as documents:
            return 200 if node in documents[stack].get("nodes", ()) else 0
