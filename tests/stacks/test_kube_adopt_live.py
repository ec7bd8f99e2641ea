"""Objects of a real API server, read as inputs; the server's defaults are only its own to invent."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from test_contract import real_kubeconfig as real_kubeconfig

from retailops.engine.providers.kube_access import access
from retailops.engine.providers.kube_api import APPLY, Api
from retailops.engine.providers.kubernetes import Kubernetes
from retailops.engine.providers.port import Settings
from retailops.engine.state.checkpoint import Resource

CONTAINER = {"name": "x", "image": "till:1", "ports": [{"containerPort": 80}]}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "d"},
    "spec": {
        "replicas": 0,
        "selector": {"matchLabels": {"app": "d"}},
        "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [CONTAINER]}},
    },
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "s"},
    "spec": {"selector": {"app": "d"}, "ports": [{"port": 80, "targetPort": 80}]},
}


@pytest.mark.lab
@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize(
    ("body", "group", "plural", "kind"),
    [
        (DEPLOYMENT, "/apis/apps/v1", "deployments", "kubernetes:apps/v1:Deployment"),
        (SERVICE, "/api/v1", "services", "kubernetes:core/v1:Service"),
    ],
)
def test_read_gives_what_was_written(
    real_kubeconfig: Path, body: dict[str, Any], group: str, plural: str, kind: str, applied: bool
) -> None:
    settings = Settings({}, real_kubeconfig)
    api, shop, name = Api(access(settings)), f"t-{uuid.uuid4().hex[:8]}", body["metadata"]["name"]
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": shop}}
    api.post("/api/v1/namespaces", space, fieldManager="somebody")
    place = f"{group}/namespaces/{shop}/{plural}"
    if applied:
        api.patch(f"{place}/{name}", body, APPLY, fieldManager="somebody")
    else:
        api.post(place, body, fieldManager="kubectl-create")
    asked = Resource(f"urn:pulumi:s::p::{kind}::x", kind, True, f"{shop}/{name}")
    found = Kubernetes(settings).read(asked)
    assert found is not None
    assert found.inputs == {**body, "metadata": {"name": name, "namespace": shop}}
