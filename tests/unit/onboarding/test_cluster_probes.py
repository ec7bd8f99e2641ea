"""What the node says, judged: G7 holds only for what is really so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from retailops import assets
from retailops.edge.artifacts import Artifacts
from retailops.edge.cluster_probes import CHECKS
from retailops.edge.pins import read_pins
from retailops.model import StoreDesign, load_design
from retailops.model.sample.write import write_sample

VERSION = read_pins(assets.path("k3s", "versions.yaml"), "standin").version
BUILT = Artifacts(Path("/built"), VERSION, {"k3s": "a" * 64}, {})


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> StoreDesign:
    root = tmp_path_factory.mktemp("cluster") / "chain"
    write_sample(root, 1)
    return load_design(root, "hz0001")


def answer(design: StoreDesign) -> dict[str, Any]:
    box = design.box("edge1")
    return {
        "nodes": [{"name": box.host, "ready": True, "version": VERSION, "address": str(box.address)}],
        "binary_sha256": "a" * 64,
        "mark": {"engine": "standin"},
        "certificates": [{"path": "ca.crt", "days": 3650.0}, {"path": "node.crt", "days": 364.9}],
        "least_days": 364.9,
        "secrets": {"encrypted": True, "found": 3, "plain": []},
        "backup": {"ok": True, "rows": 300},
    }


def failing(design: StoreDesign, **other: Any) -> set[str]:
    state = {**answer(design), **other}
    return {kind for kind, check in CHECKS.items() if not check.judge(state, design, BUILT)[0]}


def test_all_is_well(design: StoreDesign) -> None:
    assert failing(design) == set()


@pytest.mark.parametrize("change", [{"ready": False}, {"name": "stranger"}, {"address": None}])
def test_a_node_is_ready_under_its_name_at_its_address(design: StoreDesign, change: dict[str, Any]) -> None:
    assert failing(design, nodes=[{**answer(design)["nodes"][0], **change}]) == {"nodes"}


def test_version_and_digest_both_count(design: StoreDesign) -> None:
    assert failing(design, binary_sha256="b" * 64) == {"version"}
    assert failing(design, nodes=[{**answer(design)["nodes"][0], "version": "v1.0.0"}]) == {"version"}


def test_the_first_certificate_to_end_counts(design: StoreDesign) -> None:
    assert failing(design, least_days=120.0) == {"certificates"}
    assert failing(design, least_days=120.1) == set()


def test_one_plain_secret_is_too_many_and_a_backup_has_to_open(design: StoreDesign) -> None:
    assert failing(design, secrets={"encrypted": False, "plain": ["x"]}) == {"secrets_encrypted"}
    assert failing(design, backup={"ok": False, "integrity": "malformed"}) == {"backup"}


def test_a_node_that_could_not_answer_fails_with_its_own_words(design: StoreDesign) -> None:
    dead = {"error": "RuntimeError: k3s: connection refused"}
    state = {**answer(design), "nodes": dead, "certificates": dead, "least_days": 0, "secrets": dead, "backup": dead}
    found = {kind: check.judge(state, design, BUILT) for kind, check in CHECKS.items()}
    assert not any(ok for ok, _ in found.values())
    assert found["nodes"][1]["error"] == dead["error"]
