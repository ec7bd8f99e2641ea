"""Faults of a fleet repository: the sample chain, one change, and exactly the problems and warnings that `check` names.

A case has `why`, then any of `write` (path -> text), `replace` (path -> [[old, new], ...]), `remove` ([path, ...]),
`today`, and `problems` and `warnings` as they are printed.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from retailops.model.load import read_fleet
from retailops.model.sample.write import write_sample

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
KEYS = {"why", "write", "replace", "remove", "today", "problems", "warnings"}


def change(root: Path, case: dict[str, Any]) -> None:
    for path, text in case.get("write", {}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    for path, pairs in case.get("replace", {}).items():
        text = (root / path).read_text("utf-8")
        for old, new in pairs:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
            text = text.replace(old, new)
        (root / path).write_text(text, encoding="utf-8")
    for path in case.get("remove", []):
        (root / path).unlink()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("golden") / "chain"
    write_sample(root, 4)
    (root / "prices.yaml").unlink()  # its figures age; cases of prices write their own
    return root


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_golden_model(file: Path, sample: Path, tmp_path: Path) -> None:
    text = file.read_text("utf-8")
    case = yaml.safe_load(text)
    assert text.startswith("why: ")
    assert case.keys() <= KEYS, case.keys() - KEYS
    root = Path(shutil.copytree(sample, tmp_path / "chain"))
    change(root, case)
    reading = read_fleet(root, case.get("today", date(2026, 11, 22)))
    assert [str(problem) for problem in sorted(set(reading.problems))] == case.get("problems", [])
    assert [str(warning) for warning in reading.warnings] == case.get("warnings", [])


def test_there_are_cases() -> None:
    assert len(CASES) >= 20
