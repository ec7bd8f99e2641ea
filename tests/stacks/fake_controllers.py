"""What a cluster's controllers would do, done at once."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def act(made: Object) -> None:
    """Fills in defaults and status. An image called `never` never gets ready, a job with the image `fails` fails."""
    spec, status = made.get("spec") or {}, _STATUS.get(made["kind"])
    if made["kind"] == "Service":
        made.setdefault("spec", {}).setdefault("clusterIP", "172.21.0.9")
    if status and (found := status(made, spec)):
        made["status"] = found


def serves(item: Object, service: Object) -> bool:
    """Whether an object's pods are behind a service."""
    if item["kind"] not in ("Deployment", "StatefulSet") or not item["status"]["availableReplicas"]:
        return False
    labels = item["spec"]["template"]["metadata"]["labels"]
    return all(labels.get(key) == value for key, value in service["spec"]["selector"].items())


def _replicas(made: Object, spec: Object) -> Object:
    wanted = spec.get("replicas", 1)
    up = 0 if "never" in _images(spec) else wanted
    seen = {"observedGeneration": made["metadata"]["generation"], "replicas": wanted}
    return seen | {"updatedReplicas": wanted, "availableReplicas": up, "readyReplicas": up}


def _daemons(made: Object, _spec: Object) -> Object:
    seen = {"observedGeneration": made["metadata"]["generation"], "desiredNumberScheduled": 1}
    return seen | {"numberReady": 1, "updatedNumberScheduled": 1}


def _job(_made: Object, spec: Object) -> Object:
    images = _images(spec)
    if "never" in images:
        return {"active": 1}
    kind = "Failed" if "fails" in images else "Complete"
    return {"conditions": [{"type": kind, "status": "True", "message": "BackoffLimitExceeded"}]}


def _images(spec: Object) -> set[str]:
    return {item["image"] for item in spec["template"]["spec"]["containers"]}


def _balanced(_made: Object, spec: Object) -> Object:
    wanted = spec.get("type") == "LoadBalancer" or spec.get("ingressClassName") == "web"
    return {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}} if wanted else {}


_STATUS = {
    "Namespace": lambda _made, _spec: {"phase": "Active"},
    "PersistentVolumeClaim": lambda _made, _spec: {"phase": "Bound"},
    "CustomResourceDefinition": lambda _made, _spec: {"conditions": [{"type": "Established", "status": "True"}]},
    "Deployment": _replicas,
    "StatefulSet": _replicas,
    "DaemonSet": _daemons,
    "Job": _job,
    "Service": _balanced,
    "Ingress": _balanced,
}
