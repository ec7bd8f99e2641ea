"""An ordinary program of tests/programs and what is expected of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from stack_desk import Desk, ops

PROGRAMS = Path(__file__).parents[1] / "programs"
NAMES = sorted(path.stem for path in PROGRAMS.glob("*.yaml"))


@dataclass(frozen=True)
class Case:
    """`create` are the names of what the first `up` makes; `steps` what becomes of them when the config changes by `change`."""

    why: str
    create: list[str]
    outputs: dict[str, Any]
    change: dict[str, str]
    steps: dict[str, list[str]]
    secrets: dict[str, str] = field(default_factory=dict)
    helm: bool = False


def prepared(name: str, desk: Desk) -> Case:
    """The program in the desk's folder, its config set; skips where the program needs what this computer lacks."""
    case = Case(**yaml.safe_load((PROGRAMS / f"{name}.yaml").read_text()))
    if case.helm and shutil.which("helm") is None:
        pytest.skip("no helm on the PATH: go install helm.sh/helm/v3/cmd/helm@v3.19.0")
    shutil.rmtree(desk.program)
    shutil.copytree(PROGRAMS / name, desk.program)
    for key, text in case.secrets.items():
        path = desk.folder / key.replace(":", "-")
        path.write_text(text)
        desk.secret_config[key] = path
    desk.config[f"{name}:kubeconfig"] = str(desk.kubeconfig)
    return case


def lived(name: str, desk: Desk) -> None:
    """The whole life of a program: preview, up, up without a change, a change, a refresh, and its end."""
    case = prepared(name, desk)
    assert ops(desk.preview()) == {"create": case.create}
    made = desk.up()
    assert ops(made) == {"create": case.create}
    assert {key: made.outputs[key] for key in case.outputs} == case.outputs
    assert desk.preview().changes == 0
    assert desk.up().changes == 0
    assert refreshed(desk) == []
    desk.config |= case.change
    assert ops(desk.preview()) == case.steps
    assert ops(desk.up()) == case.steps
    assert desk.up().changes == 0
    assert refreshed(desk) == []
    desk.stacks.destroy(desk.request, desk.lines.append)


def refreshed(desk: Desk) -> list[tuple[str, ...]]:
    """What a refresh found to have drifted."""
    found = desk.stacks.refresh(desk.request, desk.lines.append)
    return [(step.urn, *step.diff) for step in found.steps if step.op != "same"]
