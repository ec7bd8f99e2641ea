"""`kill -9` around every request of one `up` that creates, changes, replaces both ways, patches and deletes on a cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_apiserver import Cluster
from stack_desk import Desk

from retailops.engine.state.backend import Backend

BEFORE = """
ns = k8s.core.v1.Namespace("shop", metadata={"name": "shop"})
def made(called, data, **metadata):
    k8s.core.v1.ConfigMap(called, metadata={"namespace": ns.metadata.name, **metadata}, data=data)
made("kept", {"a": "1"}, name="kept")
made("labelled", {"a": "1"}, name="labelled", labels={"v": "1"})
made("named", {"a": "1"}, name="named")
made("auto", {"a": "1"})
made("gone", {"a": "1"}, name="gone")
"""
AFTER = (
    BEFORE.replace('"v": "1"', '"v": "2"').replace('made("gone", {"a": "1"}, name="gone")', "")
    + """
made("new", {"a": "1"}, name="new")
k8s.core.v1.ServiceAccountPatch("patch", metadata={"name": "default", "namespace": ns.metadata.name,
    "labels": {"ours": "true"}})
"""
)
AFTER = AFTER.replace('made("named", {"a": "1"}', 'made("named", {"a": "2"}').replace(
    'made("auto", {"a": "1"}', 'made("auto", {"a": "2"}'
)
POINTS = 37
FEW = (2, 7, 11, 16, 20, 24, 29, 33)
ACCOUNT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}


def run(desk: Desk, at: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, Path(__file__).with_name("killed_provider.py"), desk.folder],
        env={**os.environ, "KILL_AT": str(at)},
        capture_output=True,
        text=True,
        check=False,
    )


def begun(desk: Desk, cluster: Cluster) -> None:
    desk.up(BEFORE)
    cluster.post("/api/v1/namespaces/shop/serviceaccounts", ACCOUNT, "kube-controller-manager", False, True)
    desk.write(AFTER)


def killed(desk: Desk, cluster: Cluster, at: int) -> None:
    begun(desk, cluster)
    kept = cluster.get("/api/v1/namespaces/shop/configmaps/kept")["metadata"]["uid"]
    done = run(desk, at)
    assert done.returncode == -9, done.stderr
    Backend(desk.request.state).load("proj", "dev")
    desk.preview()
    desk.up()
    maps = {
        path.rsplit("/", 1)[-1].split("-")[0]: item for path, item in cluster.objects.items() if "/configmaps/" in path
    }
    assert sorted(maps) == ["auto", "kept", "labelled", "named", "new"]
    assert len([path for path in cluster.objects if "/configmaps/" in path]) == 5
    assert maps["kept"]["metadata"]["uid"] == kept
    assert maps["labelled"]["metadata"]["labels"] == {"v": "2"}
    assert maps["named"]["data"] == maps["auto"]["data"] == {"a": "2"}
    assert cluster.get("/api/v1/namespaces/shop/serviceaccounts/default")["metadata"]["labels"] == {"ours": "true"}
    assert desk.up().changes == 0
    latest = json.loads((Path(desk.request.state) / ".pulumi/stacks/proj/dev.json").read_text())["checkpoint"]["latest"]
    assert "pending_operations" not in latest
    ids = {item["id"] for item in latest["resources"] if item["type"] == "kubernetes:core/v1:ConfigMap"}
    assert ids == {f"shop/{item['metadata']['name']}" for item in maps.values()}
    desk.stacks.destroy(desk.request, desk.lines.append)
    assert cluster.objects == {}


def test_the_points_are_all_of_them(desk: Desk, cluster: Cluster) -> None:
    begun(desk, cluster)
    passed = json.loads(run(desk, 0).stdout)
    assert len(passed) == POINTS
    assert set(passed) >= {"before POST", "after POST", "after PATCH", "before DELETE", "after DELETE"}


@pytest.mark.parametrize("at", FEW)
def test_killed_at_a_few_points(desk: Desk, cluster: Cluster, at: int) -> None:
    killed(desk, cluster, at)


@pytest.mark.long
@pytest.mark.parametrize("at", [at for at in range(1, POINTS + 1) if at not in FEW])
def test_killed_at_every_other_point(desk: Desk, cluster: Cluster, at: int) -> None:
    killed(desk, cluster, at)
