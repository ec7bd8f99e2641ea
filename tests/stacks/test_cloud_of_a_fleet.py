"""`retailops cloud` on a cloud that fleet.yaml names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fake_apiserver import Cluster
from s3_server import Rig
from stack_desk import Desk

from retailops.cli import main
from retailops.drivers import pulumi as driver
from retailops.engine.state.bucket import Bucket

Run = Callable[..., Result]


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Run:
    from retailops import lab

    monkeypatch.setattr(driver.shutil, "which", lambda _name: None)
    monkeypatch.setattr(lab, "enter", lambda _lab: None)
    root = desk.folder / "fleet"
    assert CliRunner().invoke(main, ["init", str(root), "--stores", "1"]).exit_code == 0

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, ["--fleet", str(root), "cloud", *words])

    return call


def test_private_up_on_a_cluster_and_again(run: Run, desk: Desk, cluster: Cluster) -> None:
    where = ["private", "--kubeconfig", str(desk.kubeconfig)]
    assert run("preview", *where, "--check").exit_code == 4
    assert cluster.objects == {}
    up = run("up", *where, "--output", "json")
    assert up.exit_code == 0, (up.output[-1500:], up.exception, up.exc_info)
    assert json.loads(up.stdout)["outputs"]["waiting"]["events"] == "an image"
    assert "/api/v1/namespaces/members" in cluster.objects
    assert run("preview", *where, "--check").exit_code == 0
    assert (desk.folder / "fleet/.retailops/stacks/.pulumi/stacks/private/private.json").is_file()


def test_private_needs_a_cluster(run: Run) -> None:
    refused = run("preview", "private")
    assert refused.exit_code == 3
    assert "--kubeconfig FILE" in refused.output


def test_what_the_engine_lacks_is_named_before_anything_is_made(run: Run, desk: Desk) -> None:
    refused = run("up", "public")
    assert refused.exit_code == 1
    assert "public:provider" in refused.output or "alicloud" in refused.output
    assert not list(Path(desk.folder / "fleet/.retailops/stacks").rglob("public.json"))


def test_data_that_may_not_leave_stops_before_anything_is_made(run: Run, desk: Desk, cluster: Cluster) -> None:
    file = desk.folder / "fleet" / "fleet.yaml"
    file.write_text(
        file.read_text().replace("{id: sales-reports, dataClass: sales}", "{id: sales-reports, dataClass: payment}")
    )
    refused = run("up", "private", "--kubeconfig", str(desk.kubeconfig))
    assert refused.exit_code == 3
    assert "bucket sales-reports holds payment data, which may not be in cn-hangzhou" in refused.output
    assert cluster.log == []


def test_a_cloud_s_stack_has_its_own_state(run: Run) -> None:
    refused = run("up", "private", "--state", "x")
    assert refused.exit_code == 2
    assert "--state goes with --program" in refused.output


def test_what_was_made_by_hand_is_adopted_under_the_programs_urn(run: Run, desk: Desk, cluster: Cluster) -> None:
    where = ["private", "--kubeconfig", str(desk.kubeconfig)]
    assert run("up", *where).exit_code == 0
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "extra"}, "data": {"a": "1"}}
    space = next(path for path in cluster.objects if path.startswith("/api/v1/namespaces/")).split("/")[4]
    cluster.post(f"/api/v1/namespaces/{space}/configmaps", body, "kubectl-create", False, True)
    done = run("import", *where, "--resource", "kubernetes:core/v1:ConfigMap", "extra", f"{space}/extra", "-o", "json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["imported"] == ["urn:pulumi:private::private::kubernetes:core/v1:ConfigMap::extra"]
    assert "ConfigMap extra is protected and would be deleted" in run("preview", *where).stderr


def test_the_fleet_says_which_bucket_holds_the_state(run: Run, desk: Desk, rig: Rig) -> None:
    fleet = desk.folder / "fleet"
    path = fleet / "fleet.yaml"
    path.write_text(path.read_text() + f"state: {{bucket: '{rig.url}'}}\n")
    where = ["private", "--kubeconfig", str(desk.kubeconfig)]
    up = run("up", *where, "--output", "json")
    assert up.exit_code == 0, up.output[-1500:]
    content = Bucket(rig.url).read("stacks/private/private.json")
    assert content
    assert hashlib.sha256(content).hexdigest() == json.loads(up.stdout)["digest"]
    assert not list(fleet.rglob("private.json"))
    assert run("preview", *where, "--check").exit_code == 0
    assert "waiting" in json.loads(run("outputs", *where, "--output", "json").stdout)
