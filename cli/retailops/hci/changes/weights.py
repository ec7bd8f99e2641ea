"""Moving disks in and out of the cluster a little at a time, so that clients never wait behind a rebalance. Pure."""

from __future__ import annotations

from collections.abc import Mapping

STEP = 0.10
"""Of the whole cluster's weight, how much is moved at once."""

EXACT = 4
"""Digits of a weight that count: Ceph keeps them in 16 bits after the point."""


def next_weights(now: Mapping[int, float], wanted: Mapping[int, float], step: float = STEP) -> dict[int, float]:
    """OSD -> its weight after one step towards `wanted`, those that change only; empty when all are there.

    What is moved in a step is `step` of all that is wanted or there, so a small cluster moves a disk in several steps and a large
    one several disks in one.
    """
    left = {osd: wanted[osd] - now[osd] for osd in now if osd in wanted and _differ(now[osd], wanted[osd])}
    room = step * max(sum(now.values()), sum(wanted.values()))
    moved: dict[int, float] = {}
    for osd, distance in sorted(left.items(), key=lambda each: (abs(each[1]), each[0])):
        if room <= 0:
            break
        part = min(abs(distance), room)
        room -= part
        moved[osd] = round(now[osd] + (part if distance > 0 else -part), EXACT)
        if not _differ(moved[osd], wanted[osd]):
            moved[osd] = round(wanted[osd], EXACT)
    return moved


def _differ(one: float, other: float) -> bool:
    return abs(one - other) > 2 / 10.0**EXACT
