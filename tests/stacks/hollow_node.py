"""Plays the kubelets and the load balancer of a real API server that has no nodes: pods are said to run, nothing runs.

An image called `never…` can't be pulled; a job's pods succeed at once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from retailops.engine.providers.kube_access import access
from retailops.engine.providers.kube_api import Api
from retailops.engine.providers.port import Settings
from retailops.errors import RetailopsError

_MERGE = "application/strategic-merge-patch+json"
_NODE = "/api/v1/nodes/hollow"
Object = dict[str, Any]


@contextmanager
def playing(kubeconfig: Path) -> Iterator[None]:
    """Plays as long as the block lasts."""
    api, ended = Api(access(Settings({}, kubeconfig))), threading.Event()
    if api.find(_NODE) is None:
        api.post("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "hollow"}})
    thread = threading.Thread(target=_play, args=(api, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _play(api: Api, ended: threading.Event) -> None:
    while not ended.wait(0.2):
        with suppress(RetailopsError):
            _beat(api)
        for pod in api.get("/api/v1/pods")["items"]:
            with suppress(RetailopsError):
                _act(api, pod)
        for service in api.get("/api/v1/services")["items"]:
            with suppress(RetailopsError):
                _balance(api, service)


def _beat(api: Api) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ready = {"type": "Ready", "status": "True", "reason": "Hollow", "lastHeartbeatTime": now}
    api.patch(f"{_NODE}/status", {"status": {"conditions": [ready]}}, _MERGE)


def _act(api: Api, pod: Object) -> None:
    metadata, status = pod["metadata"], pod.get("status") or {}
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
    if metadata.get("deletionTimestamp"):
        api.delete(path, {"gracePeriodSeconds": 0})
    elif not pod["spec"].get("nodeName"):
        target = {"apiVersion": "v1", "kind": "Node", "name": "hollow"}
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": metadata["name"]}, "target": target}
        api.post(f"{path}/binding", binding)
    elif status.get("phase") == "Pending" and not status.get("containerStatuses"):
        api.patch(f"{path}/status", {"status": _status(pod)}, _MERGE)


def _status(pod: Object) -> Object:
    owners = {item["kind"] for item in pod["metadata"].get("ownerReferences") or ()}
    images = [item["image"] for item in pod["spec"]["containers"]]
    if any(image.startswith("never") for image in images):
        waiting = {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{images[0]}"'}
        return {"phase": "Pending", "containerStatuses": _containers(pod, {"waiting": waiting}, False)}
    if "Job" in owners:
        return {"phase": "Succeeded", "containerStatuses": _containers(pod, {"terminated": {"exitCode": 0}}, False)}
    address = f"10.0.{sum(pod['metadata']['uid'].encode()) % 250}.{sum(pod['metadata']['name'].encode()) % 250 + 1}"
    ready = [{"type": kind, "status": "True"} for kind in ("Ready", "ContainersReady")]
    running = _containers(pod, {"running": {}}, True)
    return {
        "phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "conditions": ready,
        "containerStatuses": running,
    }  # fmt: skip


def _containers(pod: Object, state: Object, ready: bool) -> list[Object]:
    same = {"ready": ready, "restartCount": 0, "imageID": "", "state": state}
    return [{"name": item["name"], "image": item["image"], **same} for item in pod["spec"]["containers"]]


def _balance(api: Api, service: Object) -> None:
    wanted = service["spec"].get("type") == "LoadBalancer"
    if wanted and not (service.get("status") or {}).get("loadBalancer", {}).get("ingress"):
        metadata = service["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/services/{metadata['name']}/status"
        api.patch(path, {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}}, _MERGE)
