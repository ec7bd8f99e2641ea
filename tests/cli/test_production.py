"""A production fleet on a machine that has only stand-ins: one line, every reason, nothing touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from retailops.cli import main

ENGINES = """engines:
  pulumi: {name: pulumi, version: v3.200.0, digest: "sha256:DIGEST"}
  k3s: {name: k3s, version: v1.36.3+k3s1, digest: "sha256:DIGEST"}
  wireguard: {name: kernel, version: v6.1, digest: "sha256:DIGEST"}
  runs: {name: dbos, version: 3.4.0, digest: "sha256:DIGEST"}
  ansible: {name: ansible-core, version: 2.19.14, digest: "sha256:DIGEST"}
""".replace("DIGEST", "a" * 64)


@pytest.fixture
def production(tmp_path: Path) -> Path:
    root = tmp_path / "chain"
    assert CliRunner().invoke(main, ["init", str(root), "--stores", "4"]).exit_code == 0
    fleet = root / "fleet.yaml"
    text, _, _ = fleet.read_text().replace("environment: lab", "environment: production").partition("\nhci:\n")
    fleet.write_text(text + "\n" + ENGINES)
    return root


def test_it_refuses_with_every_reason_and_touches_nothing(production: Path) -> None:
    before = sorted(production.rglob("*"))
    done = CliRunner().invoke(main, ["--fleet", str(production), "store", "onboard", "hz0001", "--yes"])
    assert done.exit_code == 1, done.output
    lines = done.stderr.splitlines()
    assert lines[0].startswith("Error: this fleet is in production")
    assert "nothing was touched" in lines[0]
    assert any(line.startswith("Pulumi programs: the built-in engine") for line in lines)
    assert any("state.database" in line for line in lines)
    assert any("state.bucket" in line for line in lines)
    assert lines[-1].startswith("What to do: ")
    assert sorted(production.rglob("*")) == before


def test_production_without_named_engines_is_a_wrong_repository(production: Path) -> None:
    fleet = production / "fleet.yaml"
    fleet.write_text(fleet.read_text().replace(ENGINES, ""))
    done = CliRunner().invoke(main, ["--fleet", str(production), "store", "onboard", "hz0001", "--yes"])
    assert done.exit_code == 3
    assert "engines" in done.stderr
