"""What an object that exists would have looked like in a program."""

from __future__ import annotations

import json
from typing import Any

from retailops.engine.providers.kube_adopt import inputs_of


def live(**metadata: Any) -> dict[str, Any]:
    container = {
        "name": "x",
        "image": "till:1",
        "imagePullPolicy": "IfNotPresent",
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
    }
    spec = {"replicas": 2, "revisionHistoryLimit": 10, "template": {"spec": {"containers": [container]}}}
    told = {"name": "d", "namespace": "shop", "uid": "u", "resourceVersion": "7", **metadata}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": told, "spec": spec, "status": {"replicas": 2}}


WRITTEN = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "d", "namespace": "shop"},
    "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "x", "image": "till:1"}]}}},
}
FIELDS = {
    "f:spec": {
        "f:replicas": {},
        "f:template": {"f:spec": {"f:containers": {'k:{"name":"x"}': {".": {}, "f:name": {}, "f:image": {}}}}},
    }
}
POSTED = {"f:spec": {"f:replicas": {}, "f:revisionHistoryLimit": {}, "f:template": {"f:spec": {"f:containers": {}}}}}


def test_what_was_applied_is_known_exactly() -> None:
    entry = {"manager": "argocd", "operation": "Apply", "fieldsV1": FIELDS}
    scaled = {"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": {"f:status": {}}}
    assert inputs_of(live(managedFields=[entry, scaled])) == WRITTEN


def test_what_was_posted_loses_the_defaults_of_the_server() -> None:
    entry = {"manager": "kubectl-create", "operation": "Update", "fieldsV1": POSTED}
    assert inputs_of(live(managedFields=[entry])) == WRITTEN


def test_an_object_without_owners_loses_the_defaults_too() -> None:
    assert inputs_of(live()) == WRITTEN


def test_last_applied_gives_the_shape_and_the_live_object_the_values() -> None:
    text = json.dumps({**WRITTEN, "spec": {**WRITTEN["spec"], "replicas": 1}})
    found = inputs_of(live(annotations={"kubectl.kubernetes.io/last-applied-configuration": text}))
    assert found == WRITTEN


def test_data_and_labels_are_never_taken_for_defaults() -> None:
    labels = {"type": "ClusterIP", "protocol": "TCP"}
    found = inputs_of(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "labels": labels}, "data": dict(labels)}
    )
    assert (found["metadata"]["labels"], found["data"]) == (labels, labels)


def test_a_key_that_only_the_server_filled_is_not_written() -> None:
    fields = {"f:spec": {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}, "f:targetPort": {}}}}}
    entry = {"manager": "somebody", "operation": "Apply", "fieldsV1": fields}
    ports = [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "managedFields": [entry]}}
    assert inputs_of({**service, "spec": {"ports": ports}})["spec"] == {"ports": [{"port": 80, "targetPort": 80}]}
