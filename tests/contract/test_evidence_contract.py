"""What every `ports.EvidenceStore` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retailops.drivers.evidence import SqliteEvidence
from retailops.ports import Evidence, EvidenceStore
from retailops.twin.memory import MemoryEvidence

IMPLEMENTATIONS: dict[str, Callable[[Path], EvidenceStore]] = {
    "memory": lambda _folder: MemoryEvidence(),
    "sqlite": lambda folder: SqliteEvidence(folder / "evidence.sqlite"),
}
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ONE = Evidence(
    store="hz0001",
    stage="wan",
    attempt=1,
    gate="G6",
    kind="tunnels_up",
    form="probe",
    ok=True,
    by="retailops",
    at=AT,
    expires=AT + timedelta(days=1),
    digest="d" * 64,
    payload={"text": "门店 {{ 1 }}\n", "numbers": [1, 2.5, None, True], "nested": {"b": 1, "a": 2}},
    world="lab",
)


@pytest.fixture(params=IMPLEMENTATIONS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> EvidenceStore:
    return IMPLEMENTATIONS[request.param](tmp_path)


def test_what_was_appended_is_read_back_in_order(store: EvidenceStore) -> None:
    first, second = store.append(ONE), store.append(replace(ONE, kind="paths", expires=None))
    assert store.of("hz0001") == (first, second)
    assert replace(first, hash="") == ONE
    assert second.previous == first.hash
    assert len({first.hash, second.hash}) == 2


def test_a_repeated_step_appends_nothing(store: EvidenceStore) -> None:
    first = store.append(ONE)
    assert store.append(replace(ONE, ok=False, payload={})) == first
    assert store.of("hz0001") == (first,)


@pytest.mark.parametrize("change", [{"stage": "edge"}, {"attempt": 2}, {"gate": "G7"}, {"kind": "other"}])
def test_each_part_of_the_key_tells_evidence_apart(store: EvidenceStore, change: dict[str, object]) -> None:
    store.append(ONE)
    store.append(replace(ONE, **change))  # type: ignore[arg-type]
    assert len(store.of("hz0001")) == 2


def test_stores_have_chains_of_their_own(store: EvidenceStore) -> None:
    store.append(ONE)
    other = store.append(replace(ONE, store="bj0001"))
    assert other.previous == ""
    assert store.of("bj0001") == (other,)
    assert store.of("nobody") == ()


def test_every_implementation_gives_the_same_hash(tmp_path: Path) -> None:
    hashes = {name: make(tmp_path).append(ONE).hash for name, make in IMPLEMENTATIONS.items()}
    assert len(set(hashes.values())) == 1, hashes
