"""State in buckets: a server on loopback, credentials for it, and the engine's bench with its state there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "engine"))

from engine_bench import Bench
from fake_world import World
from s3_server import aws, rig, server  # noqa: F401


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    from retailops.engine.state import crypto

    monkeypatch.setattr(crypto, "ROUNDS", 10)
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "Pulumi.yaml").write_text("name: proj\nruntime: python\n")
    (tmp_path / "passphrase").write_text("correct horse\n")
    return Bench(tmp_path, World(tmp_path / "world"))
