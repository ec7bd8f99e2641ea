"""What runs of a drill showed, as one document."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from retailops.hci.drills.drill import Drill
from retailops.hci.drills.ran import Figure, Ran
from retailops.hci.standing import Standing

ENOUGH = 10
"""Runs from which on their median is held to its limit."""


def document(standing: Standing, drill: Drill, runs: Sequence[Ran]) -> dict[str, Any]:
    """The runs of one drill with what is needed to read them: when, where, on which Ceph, what stood in."""
    waits = [ran.flow["worst"] for ran in runs]
    ground = standing.ports.ground
    return {
        "drill": drill.name,
        "what": drill.what,
        "at": f"{standing.ports.clock.now():%Y-%m-%d %H:%M}",
        "world": standing.ports.world,
        "version": runs[0].version,
        "backend": standing.hci.backend,
        "median": median(waits),
        "worst": max(waits),
        "limit": drill.worst,
        "medianLimit": drill.median,
        "figures": _figures(runs),
        "wrong": [*_slow(drill, waits), *(line for ran in runs for line in ran.wrong)],
        "standsIn": [*(ground.stands_in if ground else ()), *filter(None, [drill.stands_in])],
        "runs": [ran.to_json() for ran in runs],
    }


def _slow(drill: Drill, waits: Sequence[float]) -> list[str]:
    if drill.median is None or len(waits) < ENOUGH or median(waits) <= drill.median:
        return []
    return [f"the median of {len(waits)} worst waits is {median(waits):.1f} s; {drill.median:g} are allowed"]


def _figures(runs: Sequence[Ran]) -> list[dict[str, Any]]:
    """Each figure over all runs that have it."""
    found: dict[str, list[Figure]] = {}
    for ran in runs:
        for figure in ran.figures:
            found.setdefault(figure.name, []).append(figure)
    return [_over(figures) for figures in found.values()]


def _over(figures: Sequence[Figure]) -> dict[str, Any]:
    first, values = figures[0], [figure.value for figure in figures]
    return {
        "name": first.name,
        "unit": first.unit,
        "most": first.most,
        "least": first.least,
        "lowest": min(values),
        "median": median(values),
        "highest": max(values),
        "held": not any(figure.wrong for figure in figures),
    }
