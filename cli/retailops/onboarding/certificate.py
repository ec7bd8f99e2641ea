"""The certificate of technical acceptance as a typed document: a pure function of the design, the gates and the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from retailops.errors import GateNotMet
from retailops.model import StoreDesign
from retailops.onboarding.flow import SHAPES, Flow, flows_of
from retailops.onboarding.gates import CheckReport, GateReport
from retailops.onboarding.lifecycle import state_of
from retailops.onboarding.matrix import matrix_of
from retailops.onboarding.site import numbers_entry, store_entry, text, topology_entry
from retailops.plan import digest
from retailops.ports import Evidence

KIND = "certificate"
GATE = "G10"
FLOWS = ("failover_flow", "failover")
MOST_ITEMS = 24
MOST_TEXT = 400


@dataclass(frozen=True)
class Basis:
    """What a certificate is made of. `issued` is UTC, `world` that of the ports, `tool` the program and its version."""

    design: StoreDesign
    digest: str
    gates: Sequence[GateReport]
    evidence: Sequence[Evidence]
    issued: datetime
    world: str
    stands_in: tuple[str, ...]
    signer: str
    tool: str


@dataclass(frozen=True)
class Counts:
    """How many checks are required, how many of them are met, and how many are open: not built yet, or not possible in a lab."""

    required: int
    met: int
    open: int
    waived: int


@dataclass(frozen=True)
class Certificate:
    """The document; every field is JSON but `counts` and `flows`, which turn into it."""

    signer: str
    issued: str
    tool: str
    world: str
    state: str
    design: str
    chain: Mapping[str, Any]
    store: Mapping[str, Any]
    numbers: Mapping[str, Any]
    topology: Mapping[str, Any]
    counts: Counts
    gates: tuple[Mapping[str, Any], ...]
    flows: tuple[Flow, ...]
    matrix: Mapping[str, Any] | None
    stands_in: tuple[str, ...]
    evidence: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        document = asdict(self)
        document["standsIn"] = list(document.pop("stands_in"))
        return {"apiVersion": "retailops/v1", "kind": "AcceptanceCertificate", **document}


def certify(basis: Basis) -> Certificate:
    """The certificate of what is proven; raises `GateNotMet` naming every check up to G10 that is required and isn't met."""
    judged = tuple(basis.gates)
    _refuse_gaps(basis.design.store.id, judged)
    shown = [check.evidence for report in judged for check in report.checks if check.evidence is not None]
    return Certificate(
        signer=basis.signer,
        issued=stamp(basis.issued),
        tool=basis.tool,
        world="SIMULATED" if any(item.world == "SIMULATED" for item in shown) else basis.world,
        state=state_of(judged),
        design=basis.digest,
        chain={"id": basis.design.chain.id, "name": text(basis.design.chain.name)},
        store=store_entry(basis.design),
        numbers=numbers_entry(basis.design),
        topology=topology_entry(basis.design),
        counts=_counts(judged),
        gates=tuple(_gate(report) for report in judged),
        flows=tuple(flow for kind in FLOWS for item in shown if item.kind == kind for flow in flows_of(item)),
        matrix=matrix_of(shown),
        stands_in=tuple(dict.fromkeys(basis.stands_in)),
        evidence={"head": head(basis.evidence), "length": len(covered(basis.evidence))},
    )


def covered(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The chain up to the last link that isn't a certificate itself."""
    last = max((place for place, item in enumerate(evidence) if item.kind != KIND), default=-1)
    return tuple(evidence[: last + 1])


def head(evidence: Sequence[Evidence]) -> str:
    """The hash of the last link that isn't a certificate, empty where there is none."""
    links = covered(evidence)
    return links[-1].hash if links else ""


def stamp(at: datetime) -> str:
    """UTC to the second, `2026-11-22T08:00:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def measured(payload: Any) -> Any:
    """A payload fit to print: series are left to the plots, long lists and texts are named by length and digest."""
    if isinstance(payload, Mapping):
        kept = {str(key): value for key, value in payload.items() if key not in SHAPES or not isinstance(value, list)}
        return {key: measured(value) for key, value in sorted(kept.items())}
    if isinstance(payload, (list, tuple)):
        if len(payload) > MOST_ITEMS:
            return {"items": len(payload), "sha256": digest(payload)}
        return [measured(value) for value in payload]
    if isinstance(payload, str) and len(payload) > MOST_TEXT:
        return f"{payload[:MOST_TEXT]}… ({len(payload)} characters)"
    return payload


def _refuse_gaps(store: str, reports: Sequence[GateReport]) -> None:
    ids = [report.gate.id for report in reports]
    until = ids.index(GATE) + 1 if GATE in ids else len(ids)
    gaps = [
        f"{report.gate.id} {check.check.kind}: {check.answer}" for report in reports[:until] for check in report.missing
    ]
    if gaps:
        raise GateNotMet(
            f"{store} can't be certified: {len(gaps)} required check(s) are not met",
            details="\n".join(gaps),
            resolution=f"retailops store gates {store} says what is missing and whose it is.",
        )


def _counts(reports: Sequence[GateReport]) -> Counts:
    checks = [check for report in reports for check in report.checks]
    required = [check for check in checks if check.check.standing == "required"]
    waived = sum(str(check.answer) == "waived" for check in required)
    met = waived + sum(check.answer == "met" for check in required)
    return Counts(len(required), met, len(checks) - len(required), waived)


def _gate(report: GateReport) -> dict[str, Any]:
    return {
        "id": report.gate.id,
        "state": report.gate.state,
        "title": {"zh": report.gate.zh, "en": report.gate.en},
        "answer": report.answer,
        "checks": [_check(check) for check in report.checks],
    }


def _check(report: CheckReport) -> dict[str, Any]:
    return {
        "kind": report.check.kind,
        "title": {"zh": report.check.zh, "en": report.check.en},
        "owner": report.check.owner,
        "standing": report.check.standing,
        "answer": report.answer,
        "evidence": None if report.evidence is None else _shown(report.evidence),
    }


def _shown(item: Evidence) -> dict[str, Any]:
    return {
        "hash": item.hash,
        "form": item.form,
        "by": item.by,
        "at": stamp(item.at),
        "expires": None if item.expires is None else stamp(item.expires),
        "run": f"{item.store}/{item.stage}/{item.attempt}",
        "world": item.world,
        "measured": measured(item.payload),
    }
