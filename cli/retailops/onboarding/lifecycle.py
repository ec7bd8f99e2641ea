"""Where a store is in its life: a pure function of what evidence proves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from retailops.onboarding.gates import Gate, GateReport, judge, latest
from retailops.ports import Evidence

STATES = (
    "DRAFT",
    "SURVEYED",
    "PLANNED",
    "ORDERED",
    "STAGED",
    "DELIVERED",
    "CONNECTED",
    "EDGE_READY",
    "APPS_READY",
    "DEVICES_READY",
    "ACCEPTED",
    "OPEN",
    "HYPERCARE",
    "OPERATING",
    "DECOMMISSIONING",
    "RETIRED",
)
"""In order; `ON_HOLD`, `BLOCKED`, `CANCELLED` and `REMODEL` stand beside them and come with the opening calendar."""


def judge_all(
    gates: Sequence[Gate], evidence: Iterable[Evidence], digest: str, now: datetime
) -> tuple[GateReport, ...]:
    """Every gate, in order."""
    last = latest(evidence)
    return tuple(judge(gate, last, digest, now) for gate in gates)


def state_of(reports: Iterable[GateReport]) -> str:
    """The state of the last gate before the first one that isn't met; gates on paper hold nothing back and give nothing."""
    state = STATES[0]
    for report in reports:
        if report.met:
            state = report.gate.state
        elif not (report.gate.paper and not report.built):
            return state
    return state
