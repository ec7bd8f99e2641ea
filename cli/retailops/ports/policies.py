"""What policies say of a stack, and what waives them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from retailops.errors import GateNotMet


@dataclass(frozen=True)
class PolicyWaiver:
    """A policy that does not stop some resources for a while; `stack` and `resource` are patterns, `until` its last day."""

    policy: str
    stack: str
    resource: str
    reason: str
    requested_by: str
    approved_by: str
    until: date


@dataclass(frozen=True)
class PolicyFinding:
    """One objection. `at` is `file:line` of the program where that is known; `until` (an ISO day) is set while a waiver holds."""

    policy: str
    level: Literal["mandatory", "advisory"]
    resource: str
    message: str
    at: str = ""
    until: str = ""
    reason: str = ""
    requested_by: str = ""
    approved_by: str = ""

    @property
    def stops(self) -> bool:
        return self.level == "mandatory" and not self.until

    def __str__(self) -> str:
        text = f"{self.policy}: {self.resource} {self.message}{f' ({self.at})' if self.at else ''}"
        if not self.until:
            return text
        people = f"{self.requested_by} asked, {self.approved_by} agreed"
        return f"{text}: waived until {self.until}, {self.reason} ({people})"


class PolicyRefused(GateNotMet):
    """Some findings stop the stack; `findings` has the others too."""

    def __init__(self, findings: tuple[PolicyFinding, ...]) -> None:
        stopping = [str(item) for item in findings if item.stops]
        super().__init__(
            f"{len(stopping)} of the policies' demands are not met",
            details="\n".join(stopping),
            resolution="Mend the program, or have a waiver agreed in waivers.yaml; nothing was changed.",
        )
        self.findings = findings
