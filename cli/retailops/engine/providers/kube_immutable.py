"""Which changes the API server refuses on an existing object, so that it has to be replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable

from retailops.engine.differences import Change, matches, parse

_ALWAYS = ("kind", "metadata.name", "metadata.namespace")
_BY_KIND = {
    "DaemonSet": ("spec.selector",),
    "Deployment": ("spec.selector",),
    "ReplicaSet": ("spec.selector",),
    "StatefulSet": ("spec.podManagementPolicy", "spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"),
    "Job": ("spec.completionMode", "spec.completions", "spec.selector", "spec.template"),
    "Pod": ("spec",),
    "PersistentVolume": ("spec.hostPath", "spec.local", "spec.csi", "spec.nfs", "spec.nodeAffinity", "spec.volumeMode"),
    "PersistentVolumeClaim": (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeMode",
        "spec.volumeName",
    ),
    "Service": ("spec.clusterIP", "spec.clusterIPs"),
    "Secret": ("type",),
    "RoleBinding": ("roleRef",),
    "ClusterRoleBinding": ("roleRef",),
    "StorageClass": ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
    "PriorityClass": ("value", "preemptionPolicy"),
    "ResourceQuota": ("spec.scopes",),
}
_NOT_POD = (
    "spec.containers[*].image",
    "spec.initContainers[*].image",
    "spec.activeDeadlineSeconds",
    "spec.tolerations",
)
_CONTENT = {"ConfigMap": ("data", "binaryData", "immutable"), "Secret": ("data", "stringData", "type", "immutable")}
_SIZE = ("PersistentVolumeClaim", ("spec", "resources", "requests", "storage"))


def replacing(kind: str, changes: Iterable[Change], *, content: bool = False) -> tuple[Change, ...]:
    """`content`: also when a ConfigMap's or Secret's content changes, as it must where that is immutable."""
    patterns = [*_ALWAYS, *_BY_KIND.get(kind, ()), *(_CONTENT.get(kind, ()) if content else ())]
    exempt = [parse(text) for text in _NOT_POD] if kind == "Pod" else []
    return tuple(
        change
        for change in changes
        if (
            any(matches(change.path, parse(text)) for text in patterns)
            or ((kind, change.path) == _SIZE and _less(change))
        )
        and not any(matches(change.path, path) for path in exempt)
    )


def _less(change: Change) -> bool:
    """A claim can grow, never shrink. A size that can't be read is left to the server."""
    old, new = _bytes(change.old), _bytes(change.new)
    return old is not None and new is not None and new < old


def _bytes(text: object) -> float | None:
    """`500Mi` -> 524288000.0"""
    found = re.fullmatch(r"([0-9.]+)([kMGTP]i?|Ki)?", str(text))
    if not found:
        return None
    unit = found[2] or ""
    base = 1024.0 if unit.endswith("i") else 1000.0
    return float(found[1]) * base ** (" KMGTP".index(unit[0].upper()) if unit else 0)
