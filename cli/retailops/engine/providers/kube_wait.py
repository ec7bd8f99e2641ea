"""Waiting until an object is ready or gone, and saying why it is not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from retailops.engine.providers.kube_api import Api
from retailops.engine.providers.kube_notes import SKIP, WAIT_FOR, is_set, note
from retailops.engine.providers.kube_ready import NeverReady, why_not
from retailops.engine.providers.kube_reasons import reasons
from retailops.engine.providers.port import Settings
from retailops.errors import RetailopsError

_TELL_EVERY = 15.0
_BLIND = 60.0


def until_ready(
    api: Api, kind: str, path: str, live: dict[str, Any], timeout: float, settings: Settings
) -> tuple[dict[str, Any], str]:
    """The object as last seen, and why it is not ready: "" when it is. An API server that is away for a while is waited for."""
    name, reason, seen = path.rsplit("/", 1)[-1], "", time.monotonic()
    for waited in _ticks(timeout, settings.stopped):
        if waited:
            settings.on_line(f"{name}: {reason}{reasons(api, kind, path, live)} ({waited:.0f} s)")
        try:
            reason = why_not(kind, live) or _beyond(api, kind, path, live)
            if not reason:
                return live, ""
            found = api.find(path)
        except NeverReady as error:
            return live, f"{error.message}{reasons(api, kind, path, live)}"
        except RetailopsError as error:
            reason = f"it can't be looked at: {error.message}"
            if time.monotonic() - seen > _BLIND:
                return live, reason
            continue
        if found is None or found["metadata"]["uid"] != live["metadata"]["uid"]:
            return live, "it was deleted while we waited"
        live, seen = found, time.monotonic()
    ended = "when it was interrupted" if settings.stopped.is_set() else f"after {timeout:.0f} s"
    return live, f"{reason} {ended}{reasons(api, kind, path, live)}"


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
    """What only other objects can tell."""
    if is_set(live, SKIP) or note(live, WAIT_FOR):
        return ""
    if kind == "Service":
        return _endpoints(api, path, live)
    if kind == "PersistentVolumeClaim" and (live.get("status") or {}).get("phase") != "Bound":
        return "" if _binds_late(api, live) else "it is not bound to a volume"
    return ""


def _endpoints(api: Api, path: str, live: Mapping[str, Any]) -> str:
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


def _binds_late(api: Api, live: Mapping[str, Any]) -> bool:
    """Whether a claim waits for its first consumer."""
    name = (live.get("spec") or {}).get("storageClassName")
    found = api.find(f"/apis/storage.k8s.io/v1/storageclasses/{name}") if name else None
    return bool(found) and (found or {}).get("volumeBindingMode") == "WaitForFirstConsumer"
