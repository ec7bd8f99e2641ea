"""What runs of a drill showed, as one document."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from retailops.hci.drilling import Ran
from retailops.hci.standing import Standing


def document(standing: Standing, runs: Sequence[Ran]) -> dict[str, Any]:
    """The runs of one drill with what is needed to read them: when, where, on which Ceph, what stood in."""
    waits = [ran.flow["worst"] for ran in runs]
    ground = standing.ports.ground
    return {
        "drill": runs[0].drill,
        "what": runs[0].what,
        "at": f"{standing.ports.clock.now():%Y-%m-%d %H:%M}",
        "world": standing.ports.world,
        "version": runs[0].version,
        "backend": standing.hci.backend,
        "median": median(waits),
        "worst": max(waits),
        "limit": runs[0].limit,
        "wrong": [line for ran in runs for line in ran.wrong],
        "standsIn": list(ground.stands_in) if ground else [],
        "runs": [ran.to_json() for ran in runs],
    }
