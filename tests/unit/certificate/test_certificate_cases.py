"""What evidence comes to on a certificate: one small file a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from retailops.errors import GateNotMet
from retailops.onboarding.certificate import Basis, certify, head, measured

CASES = sorted((Path(__file__).parents[2] / "golden" / "certificate").glob("*.yaml"))
KEYS = {"why", "world", "drop", "change", "expect", "refused"}
Make = Callable[[Mapping[str, Any]], Basis]


def changed(case: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    drop = [tuple(key) for key in asked.get("drop", [])]
    change = {(gate, kind): fields for gate, kind, fields in asked.get("change", [])}
    entries = [entry for entry in case["evidence"] if (entry[1], entry[2]) not in drop]
    patched = [[*entry, change[entry[1], entry[2]]] if (entry[1], entry[2]) in change else entry for entry in entries]
    return {**case, "world": asked.get("world", case["world"]), "evidence": patched}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, case: Mapping[str, Any], make: Make) -> None:
    text = path.read_text()
    asked = yaml.safe_load(text)
    assert text.startswith("why: "), f"{path.name} says no why"
    assert set(asked) <= KEYS, f"{path.name} has keys that nothing reads: {set(asked) - KEYS}"
    basis = make(changed(case, asked))
    if "refused" in asked:
        with pytest.raises(GateNotMet) as refused:
            certify(basis)
        assert (refused.value.details or "").splitlines() == asked["refused"]
        return
    document = certify(basis).to_json()
    flows = [[flow["kind"], flow["label"], flow["gap"]] for flow in document["flows"]]
    found = {"world": document["world"], "state": document["state"], "counts": document["counts"], "flows": flows}
    assert found == asked["expect"]


def test_the_document_is_the_same_again(case: Mapping[str, Any], make: Make) -> None:
    assert certify(make(case)).to_json() == certify(make(case)).to_json()


def test_the_head_passes_over_certificates(case: Mapping[str, Any], make: Make) -> None:
    basis = make(case)
    last = basis.evidence[-1]
    own = replace(last, kind="certificate", hash="f" * 64, previous=last.hash)
    assert head((*basis.evidence, own)) == head(basis.evidence) == last.hash
    assert head(()) == ""


def test_long_lists_and_texts_are_named_and_not_printed() -> None:
    shown = measured({"log": "x" * 1000, "rows": list(range(100)), "series": [[0, 1], [1, 2]], "few": [1, 2]})
    assert set(shown) == {"few", "log", "rows"}
    assert shown["few"] == [1, 2]
    assert shown["rows"]["items"] == 100
    assert len(shown["log"]) < 450
