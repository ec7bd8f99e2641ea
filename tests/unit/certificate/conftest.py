"""A store on the evening before it opens, from `store.yaml`, changed as a case asks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from retailops.model.chain import FleetFile
from retailops.model.design import StoreDesign, resolve
from retailops.model.formats import Format
from retailops.model.stores import Store
from retailops.onboarding.certificate import Basis
from retailops.onboarding.gates import Check, Gate
from retailops.onboarding.lifecycle import judge_all
from retailops.plan import digest
from retailops.ports import Evidence

DESIGN = "3f9a1c5e7b2d4806a1b3c5d7e9f00112233445566778899aabbccddeeff01234"
START = datetime(2026, 11, 22, 8, 5, 0, tzinfo=UTC)


def read_case(path: Path) -> dict[str, Any]:
    assert path.read_text().startswith("why: "), f"{path.name} says no why"
    case: dict[str, Any] = yaml.safe_load(path.read_text())
    return case


def design_of(case: Mapping[str, Any]) -> StoreDesign:
    return resolve(
        FleetFile.model_validate(case["fleet"]),
        Format.model_validate(case["format"]),
        Store.model_validate(case["store"]),
    )


def gates_of(case: Mapping[str, Any]) -> tuple[Gate, ...]:
    return tuple(_gate(gate) for gate in case["gates"])


def _gate(gate: Mapping[str, Any]) -> Gate:
    checks = tuple(Check(kind, en, zh, owner, *(rest or ["required"])) for kind, zh, en, owner, *rest in gate["checks"])
    title = gate["title"]
    return Gate(gate["id"], gate["state"], title["en"], title["zh"], checks, gate.get("paper", False))


def chain(entries: list[list[Any]], world: str, store: str = "hz0001") -> tuple[Evidence, ...]:
    """Evidence as the store of evidence would have linked it, 20 s apart."""
    links: list[Evidence] = []
    for n, (stage, gate, kind, payload, *rest) in enumerate(entries):
        at = START + timedelta(seconds=20 * n)
        previous = links[-1].hash if links else ""
        hashed = hashlib.sha256(f"{previous}{gate}{kind}{digest(payload)}".encode()).hexdigest()
        link = Evidence(
            store=store,
            stage=stage,
            attempt=1,
            gate=gate,
            kind=kind,
            form="probe",
            ok=True,
            by="retailops 0.1.0",
            at=at,
            expires=at + timedelta(days=14 if gate == "G10" else 7),
            digest=DESIGN,
            payload=payload,
            world=world,
            previous=previous,
            hash=hashed,
        )
        links.append(replace(link, **rest[0]) if rest else link)
    return tuple(links)


def basis_of(case: Mapping[str, Any]) -> Basis:
    evidence = chain(case["evidence"], case["world"])
    issued = case["issued"]
    issued = datetime.fromisoformat(issued.replace("Z", "+00:00")) if isinstance(issued, str) else issued
    return Basis(
        design=design_of(case),
        digest=DESIGN,
        gates=judge_all(gates_of(case), evidence, DESIGN, issued),
        evidence=evidence,
        issued=issued.replace(tzinfo=UTC),
        world=case["world"],
        stands_in=tuple(case["standsIn"]),
        signer=case["signer"],
        tool=case["tool"],
    )


@pytest.fixture(scope="session")
def case() -> dict[str, Any]:
    return read_case(Path(__file__).with_name("store.yaml"))


@pytest.fixture(scope="session")
def gates(case: Mapping[str, Any]) -> tuple[Gate, ...]:
    return gates_of(case)


@pytest.fixture(scope="session")
def make() -> Callable[[Mapping[str, Any]], Basis]:
    return basis_of
