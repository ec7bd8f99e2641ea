"""What building a world costs: nothing is looked for on the computer until somebody asks what stands in."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from retailops import lab, wiring
from retailops.model.sample.write import write_sample
from retailops.ports import Choice


def test_a_lab_s_ports_run_no_program_and_are_surveyed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sample(tmp_path / "fleet", 0)
    surveys: list[Path] = []

    def survey() -> tuple[Choice, ...]:
        surveys.append(tmp_path)
        k3s = Choice("K3s", "k3s/distro", "v1", "built here", stands_in=True, production="the official K3s release")
        return (k3s, Choice("hosts", "the lab", "", "", stands_in=True), Choice("signatures", "ssh-keygen", "", ""))

    def no_program(*argv: Any, **_options: Any) -> None:
        raise AssertionError(f"{argv} was run")

    monkeypatch.setattr(lab.Lab, "of_fleet", lambda _root: SimpleNamespace(id="x", sites=None, lines=None))
    monkeypatch.setattr(lab, "enter", lambda _lab: None)
    monkeypatch.setattr(wiring, "survey_here", survey)
    monkeypatch.setattr(subprocess, "run", no_program)
    wiring._stand_ins.cache_clear()
    ports = wiring.build_ports(tmp_path / "fleet", False)
    assert surveys == []
    assert ports.stands_in == ports.stands_in == ("k3s/distro for the official K3s release",)
    assert len(surveys) == 1
    wiring._stand_ins.cache_clear()
