"""`retailops ci` on a private cloud's stack: the built-in engine against an API server, the rest of the world simulated."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fake_apiserver import Cluster
from stack_desk import POOL, Desk

from retailops import cli
from retailops.drivers.pulumi import BuiltinStacks
from retailops.wiring import build_ports

Run = Callable[..., Result]


@pytest.fixture
def fleet(desk: Desk) -> Path:
    root = desk.folder / "fleet"
    assert CliRunner().invoke(cli.main, ["init", str(root), "--stores", "1"]).exit_code == 0
    return root


@pytest.fixture
def run(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    real = BuiltinStacks("0.0.1", POOL)
    monkeypatch.setattr(cli, "_build_ports", lambda root, _simulate: replace(build_ports(root, True), stacks=real))
    return lambda *words: CliRunner().invoke(cli.main, ["--fleet", str(fleet), "--simulate", *words])


def edit(fleet: Path, old: str, new: str) -> None:
    file = fleet / "fleet.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_a_quota_is_planned_by_its_path_and_applied(run: Run, fleet: Path, desk: Desk, cluster: Cluster) -> None:
    up = run("cloud", "up", "private", "--kubeconfig", str(desk.kubeconfig))
    assert up.exit_code == 0, up.output[-1500:]
    at = ("--kubeconfig", f"private={desk.kubeconfig}")
    assert json.loads(run("ci", "plan", *at, "-o", "json").stdout)["changes"] == []
    edit(fleet, "{id: pricing, dataClass: sales}", "{id: pricing, dataClass: sales, pods: 50}")
    saved = desk.folder / "plan.json"
    page = run("ci", "plan", *at, "--out", str(saved))
    assert page.exit_code == 0, page.output
    assert "| `private/private` | change | 1 update |" in page.output
    assert "- `~` update ResourceQuota pricing-quota: spec.hard.pods" in page.output
    assert "**Policies:** met (stacks looked at: 1)." in page.output
    assert "Price" not in page.output
    done = run("ci", "apply", str(saved), *at)
    assert done.exit_code == 0, done.output
    quota = next(item for path, item in cluster.objects.items() if "/namespaces/pricing/resourcequotas/" in path)
    assert quota["spec"]["hard"]["pods"] == "50"
    assert json.loads(run("ci", "plan", *at, "-o", "json").stdout)["changes"] == []
