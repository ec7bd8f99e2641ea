"""State in buckets: a server on loopback, credentials for it, and the engine's bench with its state there."""

from __future__ import annotations

import logging
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "engine"))

from engine_bench import Bench
from fake_world import World
from s3_server import SECRET, Gate, Rig, s3_server


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[Gate, str]]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with s3_server() as running:
        yield running


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's credentials, and where it keeps what is its own."""
    from retailops.engine.state import bucket

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "machine"))
    bucket._client.cache_clear()


@pytest.fixture
def rig(server: tuple[Gate, str], aws: None) -> Rig:  # noqa: ARG001
    from retailops.engine.state.bucket import Bucket, _client

    gate, query = server
    gate.reset()
    name = f"b{uuid.uuid4().hex}"
    url = f"s3://{name}/chain?{query}"
    _client(Bucket(url).place).create_bucket(Bucket=name)
    gate.asked.clear()
    return Rig(gate, url)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    from retailops.engine.state import crypto

    monkeypatch.setattr(crypto, "ROUNDS", 10)
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "Pulumi.yaml").write_text("name: proj\nruntime: python\n")
    (tmp_path / "passphrase").write_text("correct horse\n")
    return Bench(tmp_path, World(tmp_path / "world"))
