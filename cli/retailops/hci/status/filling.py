"""How full the disks are, and when they will be: Ceph stops every write once one disk is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from retailops.ports import Json

DAY = 86400.0
SPAN, WINDOW = 3600.0, 14 * DAY
"""Seconds that samples must span before anything is said of them, and those that count."""


def fullest(state: Mapping[str, Json]) -> float:
    """The share of the fullest disk that is used."""
    return max((osd["used"] / osd["size"] for osd in state["osds"] if osd["size"]), default=0.0)


def days_left(samples: Sequence[tuple[float, float]], full: float) -> float | None:
    """Days until the share `full` by the straight line through (time, share of the fullest disk); None where it isn't known or shrinks."""
    if not samples:
        return None
    latest = max(at for at, _ in samples)
    recent = [(at - latest, share) for at, share in samples if at > latest - WINDOW]
    if max(at for at, _ in recent) - min(at for at, _ in recent) < SPAN:
        return None
    middle_at = sum(at for at, _ in recent) / len(recent)
    middle = sum(share for _, share in recent) / len(recent)
    over = sum((at - middle_at) ** 2 for at, _ in recent)
    slope = sum((at - middle_at) * (share - middle) for at, share in recent) / over
    if slope <= 0:
        return None
    now = middle - slope * middle_at
    return max(0.0, (full - now) / slope / DAY)
