"""`retailops hci demo`: the commands that it types, and what it makes of their ends."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result

from retailops import lab

Run = Callable[..., Result]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], dict[str, int]]:
    """What was typed, and words -> the code that they end with."""
    said: list[str] = []
    codes: dict[str, int] = {}

    def ran(argv: Sequence[str], **_more: Any) -> Any:
        words = " ".join(argv[5:])
        said.append(words)
        return SimpleNamespace(returncode=codes.get(words, 0))

    monkeypatch.setattr(lab, "preflight", lambda: [], raising=False)
    monkeypatch.setattr(lab, "down", lambda *_: None, raising=False)
    monkeypatch.setattr(subprocess, "run", ran)
    return said, codes


def test_it_types_what_anybody_would(run: Run, tmp_path: Path, typed: tuple[list[str], dict[str, int]]) -> None:
    done = run("hci", "demo", "--dir", str(tmp_path / "d"))
    assert done.exit_code == 0, done.output
    assert typed[0][:4] == ["lab up --hci --id demohci", "hci plan --sizing-only", "hci up", "hci up"]
    assert (tmp_path / "d" / "fleet.yaml").is_file()


def test_a_drill_that_does_not_hold_is_said_at_the_end(
    run: Run, tmp_path: Path, typed: tuple[list[str], dict[str, int]]
) -> None:
    typed[1]["hci drill rack --yes"] = 6
    done = run("hci", "demo", "--dir", str(tmp_path / "d"))
    assert done.exit_code == 6
    assert "what did not hold: hci drill rack --yes" in done.stderr
    assert typed[0][-1] == "hci report"


def test_a_command_that_fails_ends_it(run: Run, tmp_path: Path, typed: tuple[list[str], dict[str, int]]) -> None:
    typed[1]["hci up"] = 1
    done = run("hci", "demo", "--dir", str(tmp_path / "d"))
    assert done.exit_code == 1
    assert typed[0][-1] == "hci up"


def test_a_folder_of_somebody_s_own_stays(run: Run, tmp_path: Path, typed: tuple[list[str], dict[str, int]]) -> None:
    (tmp_path / "mine").mkdir()
    done = run("hci", "demo", "--dir", str(tmp_path / "mine"))
    assert done.exit_code == 1
    assert "is not an earlier demo's" in done.stderr
    assert typed[0] == []
