"""In which order resources go: everything after what needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from retailops.engine.state.checkpoint import Resource


def waves(doomed: Mapping[str, Resource]) -> Iterator[list[Resource]]:
    """Groups whose members may go side by side; `doomed` is by key."""
    left = dict(doomed)
    while left:
        needed: set[str] = set()
        for item in left.values():
            needed |= item.needs()
        ready = [item for item in left.values() if item.urn not in needed or item.delete]
        wave = ready or list(left.values())
        for item in wave:
            del left[item.key]
        yield wave
