"""The stage: one certificate for each head of the chain, the same again after a kill, on disk before it is evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from retailops.drivers.signing import checking, of_lab, of_simulation
from retailops.errors import GateNotMet, RetailopsError
from retailops.onboarding.certificate import Basis
from retailops.onboarding.certificate_stage import certificate_stage
from retailops.onboarding.gates import Gate
from retailops.onboarding.seal import verify
from retailops.plan import Action, Noop
from retailops.ports import Ports, Signatures, Site
from retailops.run.stage import Context
from retailops.twin.memory import MemoryClock, MemoryEvidence

Make = Callable[[Mapping[str, Any]], Basis]


class Bench:
    """A store whose evidence is all there, and what a runner does with a stage."""

    def __init__(self, root: Path, basis: Basis, gates: tuple[Gate, ...], signatures: Signatures | None) -> None:
        self.root, self.basis, self.lines = root, basis, cast(list[str], [])
        self.clock, self.evidence = MemoryClock(basis.issued), MemoryEvidence()
        self.stage = certificate_stage(gates)
        for item in basis.evidence:
            self.evidence.append(item)
        nobody = cast(Any, None)
        ports = Ports(
            world=basis.world,
            sites=nobody,
            prober=nobody,
            configurator=nobody,
            stacks=nobody,
            lines=nobody,
            clock=self.clock,
            evidence=self.evidence,
            durable=nobody,
            journal=nobody,
            locks=nobody,
            secrets=nobody,
            artifacts=root,
            find_stand_ins=lambda: basis.stands_in,
            signatures=signatures,
        )
        site = Site("hz0001", (), {}, {})
        self.context = Context(ports, basis.design, site, root, basis.digest, self.lines.append)

    def decide(self) -> Action | Noop:
        facts = self.stage.read(self.context)
        (item,) = self.stage.decide(self.basis.design, self.context.site, facts, {})
        return item

    def issue(self, action: Action, attempt: int = 1) -> Path:
        result = self.stage.handlers[action.kind](self.context, action.params)
        for found in result["evidence"]:
            last = self.basis.evidence[-1]
            fields = {key: found[key] for key in ("gate", "kind", "form", "ok", "payload")}
            self.evidence.append(
                replace(last, stage="certificate", attempt=attempt, at=self.clock.now(), expires=None, **fields)
            )
        return self.root / str(result["path"])

    def certificates(self) -> list[Path]:
        return sorted(self.root.glob(".retailops/certificates/*"))


@pytest.fixture
def bench(tmp_path: Path, case: Mapping[str, Any], make: Make, gates: tuple[Gate, ...]) -> Bench:
    return Bench(tmp_path, make(case), gates, of_lab(tmp_path, "lanxing", tmp_path / ".retailops"))


def act(bench: Bench, attempt: int = 1) -> Path:
    action = bench.decide()
    assert isinstance(action, Action)
    return bench.issue(action, attempt)


def test_a_certificate_is_written_signed_and_named_by_what_it_is(bench: Bench) -> None:
    path = act(bench)
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    assert path.name == f"hz0001-2026-11-22-{digest[:8]}.html"
    document = verify(data, checking(bench.root)).document
    assert document["evidence"]["length"] == len(bench.basis.evidence)
    last = bench.evidence.of("hz0001")[-1]
    assert (last.gate, last.kind, last.form) == ("G10", "certificate", "artifact")
    assert last.payload["sha256"] == digest
    assert last.payload["path"] == str(path.relative_to(bench.root))
    assert [line.partition(" ")[0] for line in bench.lines] == [
        "made",
        str(bench.root / "trust/allowed_signers"),
        "certificate:",
    ]


def test_a_second_onboarding_issues_nothing(bench: Bench) -> None:
    path = act(bench)
    bench.clock.sleep(3600)
    found = bench.decide()
    assert isinstance(found, Noop)
    assert path.name in found.reason


def test_a_step_done_twice_writes_the_same_file(bench: Bench) -> None:
    action = bench.decide()
    assert isinstance(action, Action)
    first = bench.issue(action)
    before = first.read_bytes()
    bench.clock.sleep(86_400)
    assert bench.issue(action) == first
    assert first.read_bytes() == before
    assert bench.certificates() == [first]


def test_new_evidence_asks_for_a_new_certificate(bench: Bench) -> None:
    first = act(bench)
    again = replace(bench.basis.evidence[-1], attempt=2, at=bench.clock.now())
    bench.evidence.append(again)
    second = act(bench, 2)
    assert first != second
    assert set(bench.certificates()) == {first, second}


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(path.read_bytes() + b" ")])
def test_a_certificate_that_is_gone_or_changed_is_made_again(bench: Bench, harm: Callable[[Path], Any]) -> None:
    path = act(bench)
    harm(path)
    found = bench.decide()
    assert isinstance(found, Action)
    assert found.reason == "its file is gone or changed"
    verify(bench.issue(found, 2).read_bytes(), checking(bench.root))


def test_a_gap_leaves_no_file(tmp_path: Path, case: Mapping[str, Any], make: Make, gates: tuple[Gate, ...]) -> None:
    short = {**case, "evidence": [entry for entry in case["evidence"] if entry[2] != "reboot"]}
    bench = Bench(tmp_path, make(short), gates, of_lab(tmp_path, "lanxing", tmp_path / ".retailops"))
    with pytest.raises(GateNotMet) as refused:
        act(bench)
    assert refused.value.details == "G10 reboot: missing"
    assert bench.certificates() == []


def test_a_key_that_the_fleet_does_not_trust_leaves_no_file(bench: Bench) -> None:
    trust = bench.root / "trust" / "allowed_signers"
    trust.parent.mkdir()
    trust.write_text('other@lanxing namespaces="retailops-certificate@v1" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==\n')
    with pytest.raises(GateNotMet, match="does not name"):
        act(bench)
    assert bench.certificates() == []


def test_nothing_to_sign_with_is_one_line(
    tmp_path: Path, case: Mapping[str, Any], make: Make, gates: tuple[Gate, ...]
) -> None:
    bench = Bench(tmp_path, make(case), gates, None)
    with pytest.raises(RetailopsError, match="nothing here can sign"):
        act(bench)


def test_a_rehearsal_of_a_production_fleet_is_trusted_by_nobody_else(
    tmp_path: Path, case: Mapping[str, Any], make: Make, gates: tuple[Gate, ...]
) -> None:
    signatures = of_simulation(tmp_path, "lanxing", tmp_path / ".retailops", lab=False)
    bench = Bench(tmp_path, make({**case, "world": "SIMULATED"}), gates, signatures)
    path = act(bench)
    data = path.read_bytes()
    assert path.parent == tmp_path / ".retailops" / "simulated" / "certificates"
    assert b"SIMULATED" in data
    assert not (tmp_path / "trust").exists()
    with pytest.raises(GateNotMet):
        verify(data, checking(tmp_path))
