"""Stopping at a gate that is not met, with all that it lacks."""

from __future__ import annotations

import json

from retailops.errors import GateNotMet
from retailops.onboarding.gates import CheckReport, Gate, judge, latest
from retailops.run.stage import Context

MOST_TEXT = 600


def require(context: Context, gate: Gate) -> None:
    """Raises `GateNotMet` naming each missing check, what was seen, since when, and whose it is."""
    evidence = latest(context.ports.evidence.of(context.design.id))
    report = judge(gate, evidence, context.digest, context.ports.clock.now())
    if report.missing:
        raise GateNotMet(
            f"{context.design.id} does not pass gate {gate.id} ({gate.en})",
            details="\n".join(line(check) for check in report.missing),
            resolution=f"Mend that and repeat the command; retailops store gates {context.design.id} shows all of it.",
        )


def line(report: CheckReport) -> str:
    since = f" since {report.since:%Y-%m-%d %H:%M:%S} UTC" if report.since else ""
    seen = ""
    if report.answer == "failed" and report.evidence is not None:
        seen = "; seen: " + json.dumps(dict(report.evidence.payload), ensure_ascii=False, default=str)[:MOST_TEXT]
    return f"{report.check.kind} ({report.check.en}): {report.answer}{since}, owner: {report.check.owner}{seen}"
