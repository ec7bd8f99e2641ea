"""Why an object does not get ready, in the cluster's own words: its conditions, its pods, its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from retailops.engine.providers.kube_api import Api
from retailops.errors import RetailopsError

_WITH_PODS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet", "ReplicationController")
_LENGTH, _MOST = 240, 3


def reasons(api: Api, kind: str, path: str, live: Mapping[str, Any]) -> str:
    """`; word; word`, "" where nothing more is known or may be read."""
    try:
        found = [*_conditions(live), *_of_pods(api, kind, path, live)] or list(_warnings(api, path, live))
    except RetailopsError:
        return ""
    words = [_short(text) for text in dict.fromkeys(found)][:_MOST]
    return "".join(f"; {word}" for word in words)


def _conditions(live: Mapping[str, Any]) -> Iterator[str]:
    for condition in (live.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "ReplicaFailure" and condition.get("status") == "True":
            yield f"{condition.get('reason')}: {condition.get('message')}"


def _of_pods(api: Api, kind: str, path: str, live: Mapping[str, Any]) -> Iterator[str]:
    if kind == "Pod":
        yield from _of_pod(live)
        return
    selector = (live.get("spec") or {}).get("selector") or {}
    labels = selector if kind == "ReplicationController" else selector.get("matchLabels") or {}
    if kind not in _WITH_PODS or not labels:
        return
    chosen = ",".join(f"{key}={value}" for key, value in labels.items())
    namespace = path.split("/")[-3]
    found = api.find(f"/api/v1/namespaces/{namespace}/pods", labelSelector=chosen) or {}
    words: list[str] = []
    for pod in found.get("items") or ():
        words += _of_pod(pod)
        if not words and (pod.get("status") or {}).get("phase") == "Pending":
            words += _warnings(api, f"/namespaces/{namespace}/pods/-", pod)
    yield from sorted(words)


def _of_pod(pod: Mapping[str, Any]) -> Iterator[str]:
    status = pod.get("status") or {}
    for condition in status.get("conditions") or ():
        if condition.get("status") == "False" and condition.get("reason") == "Unschedulable":
            yield f"Unschedulable: {condition.get('message', '')}"
    for container in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
        state = container.get("state") or {}
        if waiting := state.get("waiting"):
            yield f"{container['name']}: {waiting.get('reason')} {waiting.get('message', '')}".strip()
        ended = (container.get("lastState") or {}).get("terminated") or state.get("terminated")
        if ended and ended.get("exitCode"):
            yield f"{container['name']}: ended with exit code {ended['exitCode']} {ended.get('message', '')}".strip()


def _warnings(api: Api, path: str, live: Mapping[str, Any]) -> Iterator[str]:
    """The newest first."""
    if "/namespaces/" not in path or not live["metadata"].get("uid"):
        return
    namespace = path.split("/namespaces/")[1].split("/")[0]
    about = f"involvedObject.uid={live['metadata']['uid']},type=Warning"
    items = (api.find(f"/api/v1/namespaces/{namespace}/events", fieldSelector=about) or {}).get("items") or []
    for item in sorted(items, key=lambda item: str(item.get("lastTimestamp") or item.get("eventTime")), reverse=True):
        yield f"{item.get('reason')}: {item.get('message')}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LENGTH else f"{line[: _LENGTH - 1]}…"
