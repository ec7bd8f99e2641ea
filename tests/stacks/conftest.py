"""A Kubernetes API to act on, a project, and a passphrase."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "state"))

from fake_apiserver import Cluster, serving
from s3_server import aws, rig, server  # noqa: F401
from stack_desk import Desk

pytest.register_assert_rewrite("program_case")


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def desk(tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    from retailops.engine.state import crypto

    monkeypatch.setattr(crypto, "ROUNDS", 10)
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: proj\nruntime: python\n")
    (tmp_path / "passphrase").write_text("correct horse\n")
    with serving(cluster) as url:
        document = {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c"}}],
            "clusters": [{"name": "c", "cluster": {"server": url}}],
        }
        (tmp_path / "kubeconfig").write_text(json.dumps(document))
        yield Desk(tmp_path, program, tmp_path / "kubeconfig")
