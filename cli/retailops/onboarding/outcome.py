"""What an onboarding came to, for people and for tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from retailops.onboarding.gates import GateReport


@dataclass(frozen=True)
class StageOutcome:
    """`actions` names what was done, empty where all was right already; `attempt` and `plan` are `None` then; `seconds` is wall time."""

    stage: str
    attempt: int | None
    plan: str | None
    actions: tuple[str, ...]
    resumed: bool
    seconds: float
    gate: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "stage": self.stage,
            "attempt": self.attempt,
            "plan": self.plan,
            "actions": list(self.actions),
            "resumed": self.resumed,
            "seconds": round(self.seconds, 3),
            "gate": self.gate,
        }


@dataclass(frozen=True)
class Outcome:
    """`state` is what the evidence proves; `changed` is false where every stage found its work done; `until` stopped it early."""

    store: str
    world: str
    state: str
    digest: str
    stages: tuple[StageOutcome, ...]
    gates: tuple[GateReport, ...]
    stands_in: tuple[str, ...]
    seconds: float
    until: str | None = None
    certificate: str | None = None

    @property
    def changed(self) -> bool:
        return any(stage.actions for stage in self.stages)

    def to_json(self) -> dict[str, Any]:
        return {
            "store": self.store,
            "world": self.world,
            "state": self.state,
            "design": self.digest,
            "changed": self.changed,
            "until": self.until,
            "seconds": round(self.seconds, 3),
            "stages": [stage.to_json() for stage in self.stages],
            "gates": [gate.to_json() for gate in self.gates],
            "standsIn": list(self.stands_in),
            "certificate": self.certificate,
        }
