"""Bodies that go to the API server and what comes back; field ownership."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping
from typing import Any

from retailops.engine.differences import MISSING, Change, changes, get
from retailops.engine.state.checkpoint import Resource
from retailops.engine.values import plain, secret

MANAGER = "__fieldManager"
OURS = "pulumi-kubernetes-"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_MUTABLE = {
    "ConfigMap": ("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
    "Secret": ("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
}
_VOLATILE = ("managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink")


def body(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The object to send: plain, without status, `stringData` turned into `data` so that a dropped key is dropped."""
    document = {key: value for key, value in plain(dict(inputs)).items() if key != "status" and value is not None}
    if document.get("kind") == "Secret" and "stringData" in document:
        texts = document.pop("stringData") or {}
        encoded = {key: base64.b64encode(str(text).encode()).decode() for key, text in texts.items()}
        document["data"] = {**(document.get("data") or {}), **encoded}
    return document


def sealed(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A Secret's contents are secret whatever the program says, and where kubectl has noted them again."""
    if kind != "Secret":
        return dict(values)
    found = {key: secret(value) if key in ("data", "stringData") and value else value for key, value in values.items()}
    metadata = found.get("metadata")
    notes = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(notes, dict) and LAST_APPLIED in notes:
        found["metadata"] = {**metadata, "annotations": {**notes, LAST_APPLIED: secret(notes[LAST_APPLIED])}}  # type: ignore[dict-item]
    return found


def outputs(resource: Resource, live: Mapping[str, Any], manager: str) -> dict[str, Any]:
    """Pulumi's form: the live object without managedFields, with what the provider has to remember."""
    metadata = {key: value for key, value in live["metadata"].items() if key != "managedFields"}
    return {
        **sealed(str(live.get("kind")), {**live, "metadata": metadata}),
        "__fieldManager": manager,
        "__initialApiVersion": live.get("apiVersion"),
        "__inputs": dict(resource.inputs),
    }


def manager_of(resource: Resource) -> str:
    name = resource.outputs.get(MANAGER)
    return str(plain(name)) if name else "pulumi-kubernetes"


def uid_of(resource: Resource) -> str:
    metadata = plain(resource.outputs.get("metadata") or {})
    return str(metadata.get("uid") or "") if isinstance(metadata, dict) else ""


def mutable(settings: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
    """Whether the provider is told, by its inputs or by Pulumi's variable, that this kind's content may change in place."""
    switch, variable = _MUTABLE.get(str(inputs.get("kind")), ("", ""))
    return "true" in (str(settings.get(switch)).lower(), os.environ.get(variable, "").lower())


def frozen(inputs: Mapping[str, Any]) -> bool:
    """A ConfigMap or Secret that nobody can change any more."""
    return inputs.get("kind") in ("ConfigMap", "Secret") and plain(inputs.get("immutable")) is True


def inside(outer: Resource, inner: Resource) -> bool:
    """Whether an object lives in a namespace, or is of the kind that a definition makes."""
    kind = outer.inputs.get("kind")
    if kind == "Namespace":
        return inner.id.startswith(f"{outer.id}/")
    if kind != "CustomResourceDefinition":
        return False
    spec, found = plain(outer.inputs.get("spec") or {}), plain(dict(inner.inputs))
    group = str(found.get("apiVersion") or "").split("/")[0]
    return bool(group == spec.get("group") and found.get("kind") == (spec.get("names") or {}).get("kind"))


def managers(live: Mapping[str, Any]) -> list[str]:
    return sorted({str(item.get("manager")) for item in live["metadata"].get("managedFields") or ()})


def applied_fields(live: Mapping[str, Any], manager: str) -> list[dict[str, Any]] | None:
    """managedFields in which what `manager` made by POST counts as applied; None where that is so already."""
    entries = list(live["metadata"].get("managedFields") or ())
    posted = [item for item in entries if item.get("manager") == manager and item.get("operation") == "Update"]
    own = [item for item in posted if not item.get("subresource")]
    if not own or any(item.get("manager") == manager and item.get("operation") == "Apply" for item in entries):
        return None
    return [{**item, "operation": "Apply"} if item is own[0] else item for item in entries if item not in own[1:]]


def stripped(live: Mapping[str, Any]) -> dict[str, Any]:
    """What can drift: without status and what the server counts."""
    metadata = {key: value for key, value in live["metadata"].items() if key not in _VOLATILE}
    return {**{key: value for key, value in live.items() if key != "status"}, "metadata": metadata}


def drifted(live: Mapping[str, Any], wanted: Mapping[str, Any], hidden: bool) -> list[Change]:
    """Where the live object differs from what applying our inputs again would give; `hidden` masks a Secret's data."""
    left, right = stripped(wanted), stripped(live)
    if hidden:
        left, right = sealed("Secret", left), sealed("Secret", right)
    return list(changes(left, right))


def as_inputs(inputs: Mapping[str, Any], found: Iterable[Change]) -> list[Change]:
    """Drift at the places where the inputs have it (`data` of a Secret may be given as `stringData`)."""
    moved = []
    for change in found:
        path = change.path
        if (
            path[0] == "data"
            and get(dict(inputs), path) is MISSING
            and get(dict(inputs), ("stringData", *path[1:])) is not MISSING
        ):
            decoded = change.new if change.new is MISSING else secret(_decoded(plain(change.new)))
            change = Change(("stringData", *path[1:]), change.old, decoded)
        moved.append(change)
    return moved


def _decoded(text: Any) -> str:
    return base64.b64decode(str(text)).decode("utf-8", "replace")
