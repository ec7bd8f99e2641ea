"""The gates of an opening as data, and what evidence makes of them: pure functions, no clock and no I/O.

The list is that of the project's gates in their first form. Each check is `required`, `not built yet`, or `not possible in a lab`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from retailops.ports import Evidence

Standing = Literal["required", "not built yet", "not possible in a lab"]
Answer = Literal["met", "failed", "expired", "void", "missing", "not built yet", "not possible in a lab"]


@dataclass(frozen=True)
class Check:
    """One thing that a gate asks; `kind` is that of its evidence, `owner` the team that has to bring it."""

    kind: str
    en: str
    zh: str
    owner: str
    standing: Standing = "required"


@dataclass(frozen=True)
class Gate:
    """`state` is where a store is once the gate is met; a gate on `paper` is met outside of the tool so far and holds nothing back."""

    id: str
    state: str
    en: str
    zh: str
    checks: tuple[Check, ...]
    paper: bool = False


@dataclass(frozen=True)
class CheckReport:
    """`since` is when the answer began to hold: the probe's time, its expiry, or `None` where nothing was ever shown."""

    check: Check
    answer: Answer
    since: datetime | None
    evidence: Evidence | None

    @property
    def holds(self) -> bool:
        return self.answer not in ("failed", "expired", "void", "missing")

    def to_json(self) -> dict[str, Any]:
        return {
            "check": self.check.kind,
            "title": {"en": self.check.en, "zh": self.check.zh},
            "owner": self.check.owner,
            "standing": self.check.standing,
            "answer": self.answer,
            "since": None if self.since is None else self.since.isoformat(),
            "evidence": None if self.evidence is None else self.evidence.hash,
            "payload": None if self.evidence is None else dict(self.evidence.payload),
        }


@dataclass(frozen=True)
class GateReport:
    gate: Gate
    checks: tuple[CheckReport, ...]

    @property
    def missing(self) -> tuple[CheckReport, ...]:
        return tuple(report for report in self.checks if not report.holds)

    @property
    def built(self) -> bool:
        """Whether anything is asked for at all."""
        return any(report.check.standing == "required" for report in self.checks)

    @property
    def met(self) -> bool:
        return self.built and not self.missing

    @property
    def answer(self) -> str:
        return "met" if self.met else "not met" if self.built else "not built yet"

    def to_json(self) -> dict[str, Any]:
        return {
            "gate": self.gate.id,
            "state": self.gate.state,
            "title": {"en": self.gate.en, "zh": self.gate.zh},
            "answer": self.answer,
            "checks": [report.to_json() for report in self.checks],
        }


Latest = Mapping[tuple[str, str], Evidence]


def latest(evidence: Iterable[Evidence]) -> dict[tuple[str, str], Evidence]:
    """(gate, kind) -> what was appended last."""
    return {(item.gate, item.kind): item for item in evidence}


def proven(evidence: Iterable[Evidence], digest: str, now: datetime) -> dict[tuple[str, str], Evidence]:
    """(gate, kind) -> the last evidence where that is ok, fresh, and of this design."""
    return {key: item for key, item in latest(evidence).items() if _answer(item, digest, now) == "met"}


def judge(gate: Gate, evidence: Latest, digest: str, now: datetime) -> GateReport:
    """What the gate's checks come to."""
    return GateReport(gate, tuple(_judge_check(gate.id, check, evidence, digest, now) for check in gate.checks))


def _judge_check(gate: str, check: Check, evidence: Latest, digest: str, now: datetime) -> CheckReport:
    item = evidence.get((gate, check.kind))
    if check.standing != "required":
        return CheckReport(check, check.standing, None, None)
    if item is None:
        return CheckReport(check, "missing", None, None)
    answer = _answer(item, digest, now)
    return CheckReport(check, answer, item.expires if answer == "expired" else item.at, item)


def _answer(item: Evidence, digest: str, now: datetime) -> Answer:
    if item.digest != digest:
        return "void"
    if not item.ok:
        return "failed"
    return "expired" if item.expires is not None and item.expires <= now else "met"
