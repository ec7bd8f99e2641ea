"""`retailops demo` never ends with nothing: where no lab can run, it says what is missing and opens the store in the simulated world."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from retailops.cli import main
from retailops.lab import requirements


@pytest.fixture
def no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = [requirements.Missing("systemd-nspawn is not here", "apt-get install systemd-container")]
    monkeypatch.setattr(requirements, "preflight", lambda: missing)


@pytest.mark.usefixtures("no_lab")
def test_without_a_lab_it_opens_the_store_simulated(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["demo", "--dir", str(tmp_path / "demo")])
    assert done.exit_code == 0, done.output
    assert "the lab can't run here: systemd-nspawn is not here; apt-get install systemd-container" in done.stdout
    assert "SIMULATED: no real machine was touched" in done.stdout
    assert "G10 Accepted: met" in done.stdout
    again = CliRunner().invoke(main, ["demo", "--dir", str(tmp_path / "demo")])
    assert again.exit_code == 0, again.output


@pytest.mark.usefixtures("no_lab")
def test_a_folder_that_no_demo_wrote_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "precious"
    theirs.mkdir()
    (theirs / "work.txt").write_text("years of it")
    done = CliRunner().invoke(main, ["demo", "--dir", str(theirs)])
    assert done.exit_code == 1
    assert "is not an earlier demo's" in done.stderr
    assert (theirs / "work.txt").read_text() == "years of it"
