"""Waiting until an object is ready or gone, and saying why it is not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from retailops.engine.providers.kube_api import Api
from retailops.engine.providers.kube_ready import SKIP, NeverReady, waits, why_not
from retailops.engine.providers.port import Settings

_PODS = ("Deployment", "StatefulSet", "DaemonSet", "Job")
_TELL_EVERY = 15.0


def until_ready(
    api: Api, kind: str, path: str, live: dict[str, Any], timeout: float, settings: Settings
) -> tuple[dict[str, Any], str]:
    """The object as last seen, and why it is not ready: "" when it is."""
    name, reason = path.rsplit("/", 1)[-1], ""
    for waited in _ticks(timeout, settings.stopped):
        if waited:
            settings.on_line(f"{name}: {reason} ({waited:.0f} s)")
        try:
            reason = why_not(kind, live) or _beyond(api, kind, path, live)
        except NeverReady as error:
            return live, error.message
        if not reason:
            return live, ""
        found = api.find(path)
        if found is None:
            return live, "it was deleted while we waited"
        live = found
    ended = "when it was interrupted" if settings.stopped.is_set() else f"after {timeout:.0f} s"
    return live, f"{reason} {ended}{_pod_words(api, kind, path, live)}"


def until_gone(api: Api, path: str, uid: str, timeout: float, settings: Settings) -> bool:
    """Whether the object with this uid has left within the time."""
    name = path.rsplit("/", 1)[-1]
    for waited in _ticks(timeout, settings.stopped):
        if waited:
            settings.on_line(f"{name}: it is still being deleted ({waited:.0f} s)")
        found = api.find(path)
        if found is None or found["metadata"]["uid"] != uid:
            return True
    return False


def _ticks(timeout: float, stopped: threading.Event) -> Iterator[float]:
    """Yields when to look again: the seconds waited so far every now and then, to be told, else 0."""
    began = told = time.monotonic()
    pause, tell = 0.05, 0.0
    while True:
        yield tell
        waited, tell = time.monotonic() - began, 0.0
        if waited >= timeout or stopped.is_set():
            return
        if time.monotonic() - told > _TELL_EVERY:
            told, tell = time.monotonic(), waited
        stopped.wait(min(pause, max(timeout - waited, 0)))
        pause = min(pause * 1.5, 1.0)


def _beyond(api: Api, kind: str, path: str, live: Mapping[str, Any]) -> str:
    """What only other objects can tell: a service's endpoints."""
    if not waits(kind) or (live["metadata"].get("annotations") or {}).get(SKIP) == "true" or kind != "Service":
        return ""
    spec = live.get("spec") or {}
    if not spec.get("selector") or spec.get("clusterIP") == "None" or spec.get("type") == "ExternalName":
        return ""
    namespace, name = path.split("/")[-3], live["metadata"]["name"]
    found = api.get(
        f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices",
        labelSelector=f"kubernetes.io/service-name={name}",
    )
    ready = any(
        (endpoint.get("conditions") or {}).get("ready") is not False
        for item in found.get("items") or ()
        for endpoint in item.get("endpoints") or ()
    )
    return "" if ready else "no pod behind it is ready"


def binds_late(api: Api, live: Mapping[str, Any]) -> bool:
    """Whether a claim waits for its first consumer, or for a volume that somebody makes by hand."""
    name = (live.get("spec") or {}).get("storageClassName")
    found = api.find(f"/apis/storage.k8s.io/v1/storageclasses/{name}") if name else None
    return bool(found) and (found or {}).get("volumeBindingMode") == "WaitForFirstConsumer"


def _pod_words(api: Api, kind: str, path: str, live: Mapping[str, Any]) -> str:
    """The pods' own words: why their containers wait."""
    labels = ((live.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    if kind not in _PODS or not labels:
        return ""
    namespace = path.split("/")[-3]
    chosen = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = (api.find(f"/api/v1/namespaces/{namespace}/pods", labelSelector=chosen) or {}).get("items") or ()
    words = sorted({word for pod in pods for word in _words(pod.get("status") or {})})
    return "; " + "; ".join(words[:3]) if words else ""


def _words(status: Mapping[str, Any]) -> Iterator[str]:
    for condition in status.get("conditions") or ():
        if condition.get("status") == "False" and condition.get("reason") == "Unschedulable":
            yield f"Unschedulable: {condition.get('message', '')}"
    for container in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
        if waiting := (container.get("state") or {}).get("waiting"):
            yield f"{container['name']}: {waiting.get('reason')} {waiting.get('message', '')}".strip()
