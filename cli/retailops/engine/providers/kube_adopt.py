"""An object that exists, as a person would have written it: the inputs of an import."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from retailops.engine.providers.kube_objects import LAST_APPLIED, sealed

_CONTROLLERS = ("kube-controller-manager", "kube-scheduler", "kubelet", "k3s", "kube-apiserver")
_DEFAULTS: dict[str, tuple[Any, ...]] = {
    "clusterIPs": (),
    "dnsPolicy": ("ClusterFirst",),
    "failureThreshold": (3,),
    "imagePullPolicy": ("Always", "IfNotPresent"),
    "internalTrafficPolicy": ("Cluster",),
    "ipFamilies": (["IPv4"],),
    "ipFamilyPolicy": ("SingleStack",),
    "podManagementPolicy": ("OrderedReady",),
    "progressDeadlineSeconds": (600,),
    "protocol": ("TCP",),
    "resources": ({},),
    "restartPolicy": ("Always",),
    "revisionHistoryLimit": (10,),
    "schedulerName": ("default-scheduler",),
    "securityContext": ({},),
    "sessionAffinity": ("None",),
    "strategy": ({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},),
    "successThreshold": (1,),
    "terminationGracePeriodSeconds": (30,),
    "terminationMessagePath": ("/dev/termination-log",),
    "terminationMessagePolicy": ("File",),
    "type": ("ClusterIP", "Opaque"),
    "volumeMode": ("Filesystem",),
}
_ANNOTATIONS = (LAST_APPLIED, "deployment.kubernetes.io/revision")


def inputs_of(live: Mapping[str, Any]) -> dict[str, Any]:
    """What its makers set (by last-applied, by apply, else by create without the server's known defaults)."""
    metadata = live["metadata"]
    annotations = metadata.get("annotations") or {}
    own = _written(live, str(annotations.get(LAST_APPLIED) or ""))
    named = {key: metadata[key] for key in ("name", "namespace") if metadata.get(key)}
    labels = {key: value for key, value in (own.get("metadata") or {}).items() if key in ("labels", "annotations")}
    notes = {key: value for key, value in (labels.pop("annotations", None) or {}).items() if key not in _ANNOTATIONS}
    rest = {key: value for key, value in own.items() if key not in ("apiVersion", "kind", "metadata", "status")}
    written = {"apiVersion": live["apiVersion"], "kind": live["kind"]}
    written["metadata"] = {**named, **labels, **({"annotations": notes} if notes else {})}
    return sealed(str(live["kind"]), {**written, **rest})


def _written(live: Mapping[str, Any], applied: str) -> dict[str, Any]:
    if applied:
        try:
            shape = json.loads(applied)
            return _shaped(live, shape) if isinstance(shape, dict) else {}
        except ValueError:
            pass
    entries = [item for item in live["metadata"].get("managedFields") or () if not item.get("subresource")]
    entries = [item for item in entries if item.get("manager") not in _CONTROLLERS and item.get("fieldsV1")]
    chosen = [item for item in entries if item.get("operation") == "Apply"]
    found: dict[str, Any] = {}
    for item in chosen or entries:
        found = _merged(found, _projected(live, item["fieldsV1"]))
    if not chosen:
        found = _pruned(found if entries else _without_status(live))
    return found


def _without_status(live: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in live.items() if key != "status"}


def _shaped(live: Any, shape: Any) -> Any:
    """The live values at the places that `shape` has."""
    if isinstance(live, Mapping) and isinstance(shape, Mapping):
        return {key: _shaped(live[key], item) for key, item in shape.items() if key in live}
    if isinstance(live, list) and isinstance(shape, list) and len(live) == len(shape):
        return [_shaped(item, other) for item, other in zip(live, shape, strict=True)]
    return live


def _projected(live: Any, fields: Mapping[str, Any]) -> Any:
    """The part of a live value that a managedFields entry names: `f:` a field, `k:` a list's item by key."""
    below = {key: item for key, item in fields.items() if key != "."}
    if not below:
        return live
    if isinstance(live, list):
        return [item for item in (_item(element, below) for element in live) if item is not None]
    if not isinstance(live, Mapping):
        return live
    named = {key[2:]: item for key, item in below.items() if key.startswith("f:")}
    return {key: _projected(live[key], item) for key, item in named.items() if key in live}


def _item(element: Any, fields: Mapping[str, Any]) -> Any:
    for key, below in fields.items():
        if key.startswith("v:") and json.loads(key[2:]) == element:
            return element
        if key.startswith("k:") and isinstance(element, Mapping):
            keys = json.loads(key[2:])
            if all(element.get(name) == value for name, value in keys.items()):
                return _projected(element, below)
    return None


def _merged(one: Any, two: Any) -> Any:
    if isinstance(one, dict) and isinstance(two, dict):
        return {key: _merged(one.get(key), two.get(key)) for key in [*one, *(key for key in two if key not in one)]}
    return one if two is None else two


def _pruned(value: Any, at: str = "") -> Any:
    if isinstance(value, dict):
        kept = {
            key: item if at in ("data", "labels", "annotations") else _pruned(item, key) for key, item in value.items()
        }
        return {key: item for key, item in kept.items() if not _is_default(at, key, item)}
    return [_pruned(item, at) for item in value] if isinstance(value, list) else value


def _is_default(at: str, key: str, value: Any) -> bool:
    if at in ("data", "stringData", "binaryData", "labels", "annotations", "matchLabels", "parameters"):
        return False
    if key == "clusterIPs" or (key == "clusterIP" and value != "None"):
        return True
    return any(value == default and type(value) is type(default) for default in _DEFAULTS.get(key, ()))
