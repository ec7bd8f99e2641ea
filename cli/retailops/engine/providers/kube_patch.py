"""Patch resources: some fields of an object that somebody else made, held under a field manager of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailops.engine import urns
from retailops.engine.providers.kube_objects import sealed
from retailops.errors import RetailopsError

REHEARSING = "pulumi-kubernetes"


def is_patch(kind: str, inputs: Mapping[str, Any]) -> bool:
    """`kubernetes:core/v1:ConfigMapPatch` of a ConfigMap is one; a custom resource whose kind ends so is not."""
    name = kind.rsplit(":", 1)[-1]
    return name.endswith("Patch") and inputs.get("kind") == name.removesuffix("Patch")


def checked(urn: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Raises where the patch does not say which object it is for."""
    if not (inputs.get("metadata") or {}).get("name"):
        raise RetailopsError(
            f"{urns.short(urn)} names no object", resolution="Set metadata.name (and namespace) to the object to patch."
        )
    return sealed(str(inputs["kind"]), inputs)


def empty(live: Mapping[str, Any]) -> dict[str, Any]:
    """What a manager applies when it wants nothing any more."""
    metadata = {key: live["metadata"][key] for key in ("name", "namespace") if live["metadata"].get(key)}
    return {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": metadata}
