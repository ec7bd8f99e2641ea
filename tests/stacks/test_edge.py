"""The edge program, unchanged, on the built-in engine."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
import real_apiserver
from fake_apiserver import Cluster
from stack_desk import Desk, ops

from retailops import assets
from retailops.engine.providers import kube_wait
from retailops.errors import RetailopsError

CONFIG = {
    "store": "hz0001",
    "generation": "1",
    "image": "retailops.local/till:1.1.0",
    "centre": "http://10.0.16.10:8080",
    "centreRange": "10.0.16.0/24",
    "tills": '[{"node":"hz0001-edge1","address":"10.64.1.10"}]',
    "user": "10001",
    "posRange": "10.64.0.0/25",
    "edgeRange": "10.64.1.0/24",
    "owner": "suidian-platform",
    "costCentre": "store-hz0001",
    "tillCpuMillis": "500",
    "tillCpuAsked": "125",
    "tillMemoryMib": "256",
}


def edge(desk: Desk) -> Desk:
    desk.program, desk.stack = assets.path("stacks", "edge"), "hz0001"
    desk.config = {f"edge:{key}": value for key, value in CONFIG.items()}
    return desk


def test_up_then_nothing_then_a_new_image_then_destroy(desk: Desk, cluster: Cluster) -> None:
    edge(desk)
    made = desk.up()
    assert len(made.steps) <= 25
    assert made.outputs["addresses"] == ["10.64.1.10:8080"]
    assert made.outputs["namespaces"] == ["till"]
    deployment = cluster.get("/apis/apps/v1/namespaces/till/deployments/till")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["ports"][0]["hostPort"] == 8080
    assert container["imagePullPolicy"] == "Never"
    assert container["args"][0] == "store"
    told = len(cluster.log)
    again = desk.up()
    assert again.changes == 0
    assert again.digest == made.digest
    assert len(cluster.log) == told
    desk.config["edge:image"] = "retailops.local/till:1.1.1"
    assert ops(desk.preview()) == {"update": ["till"]}
    assert ops(desk.up()) == {"update": ["till"]}
    gone = desk.stacks.destroy(desk.request, desk.lines.append)
    assert gone.changes == 8
    assert cluster.objects == {}


@pytest.mark.lab
def test_a_real_api_server_takes_every_object_as_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """There is no node, so nothing gets ready: only the waiting is left out."""
    if (k3s := real_apiserver.binary()) is None:
        pytest.skip("no cluster binary: build it with k3s/build, or name one in RETAILOPS_K3S")
    monkeypatch.setattr(kube_wait, "until_ready", lambda _api, _kind, _path, live, *_rest: (live, ""))
    with real_apiserver.running(k3s, tmp_path_factory.mktemp("apiserver")) as kubeconfig:
        edge(desk).kubeconfig = kubeconfig
        assert desk.up().changes == 12
        assert desk.up().changes == 0
        assert desk.stacks.refresh(desk.request, desk.lines.append).changes == 0
        desk.config["edge:image"] = "retailops.local/till:1.1.1"
        assert ops(desk.up()) == {"update": ["till"]}
        assert desk.stacks.refresh(desk.request, desk.lines.append).changes == 0
        assert desk.stacks.destroy(desk.request, desk.lines.append).changes == 8


def test_a_missing_value_is_one_line(desk: Desk) -> None:
    edge(desk)
    del desk.config["edge:image"]
    with pytest.raises(RetailopsError) as caught:
        desk.up()
    assert "edge:image" in (caught.value.details or "")


def test_state_is_pulumis_own_layout(desk: Desk) -> None:
    edge(desk).up()
    root = Path(desk.request.state) / ".pulumi"
    assert (root / "meta.yaml").read_text() == "version: 1\n"
    document = json.loads((root / "stacks" / "edge" / "hz0001.json").read_text())
    assert document["checkpoint"]["stack"] == "organization/edge/hz0001"
    kinds = [item["type"] for item in document["checkpoint"]["latest"]["resources"]]
    assert kinds[0] == "pulumi:pulumi:Stack"
    assert "pulumi:providers:kubernetes" in kinds
    assert len(list((root / "history" / "edge" / "hz0001").glob("*.checkpoint.json"))) == 1


LABELS = {
    "id": "labels",
    "data_class": "operations",
    "image": "mirror.internal/labels@sha256:" + "a" * 64,
    "cpu": 250,
    "cpu_asked": 62,
    "memory": 256,
    "replicas": 1,
    "secrets": {"TOKEN": "file:secrets/labels"},
}


def test_a_secret_reaches_the_pods_alone_and_a_new_one_restarts_them(desk: Desk, cluster: Cluster) -> None:
    edge(desk).config["edge:workloads"] = json.dumps([LABELS])
    assert desk.up().outputs["waiting"] == {"labels": "the secret TOKEN"}
    (desk.folder / "token").write_text("canary-one")
    desk.secret_config["edge:labels.TOKEN"] = desk.folder / "token"
    assert desk.up().outputs == desk.stacks.outputs(desk.request)
    assert _token(cluster) == "canary-one"
    told = len(cluster.log)
    assert desk.up().changes == 0
    assert len(cluster.log) == told
    (desk.folder / "token").write_text("canary-two")
    assert ops(desk.up()) == {"replace": ["labels"], "update": ["labels"], "delete": ["labels"]}
    assert _token(cluster) == "canary-two"
    files = [path for path in Path(desk.request.state).rglob("*") if path.is_file()]
    assert not [path for path in files if b"canary" in path.read_bytes()]
    assert "canary" not in str(desk.lines)
    desk.stacks.destroy(desk.request, desk.lines.append)
    assert cluster.objects == {}


def _token(cluster: Cluster) -> str:
    """What the workload's pods find in their environment."""
    deployment = cluster.get("/apis/apps/v1/namespaces/apps/deployments/labels")
    environment = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
    found = next(each for each in environment if each["name"] == "TOKEN")["valueFrom"]["secretKeyRef"]
    secret = cluster.get(f"/api/v1/namespaces/apps/secrets/{found['name']}")
    data = secret.get("stringData") or {key: base64.b64decode(text).decode() for key, text in secret["data"].items()}
    return str(data[found["key"]])
