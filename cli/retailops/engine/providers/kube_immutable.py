"""Which changes the API server refuses on an existing object, so that it has to be replaced."""

from __future__ import annotations

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
_CONTENT = {"ConfigMap": ("data", "binaryData"), "Secret": ("data", "stringData", "type")}


def replacing(kind: str, changes: Iterable[Change], *, auto_named: bool) -> tuple[Change, ...]:
    """Auto-named ConfigMaps and Secrets get a new name with new content, so that what uses them rolls."""
    patterns = [*_ALWAYS, *_BY_KIND.get(kind, ()), *(_CONTENT.get(kind, ()) if auto_named else ())]
    exempt = [parse(text) for text in _NOT_POD] if kind == "Pod" else []
    return tuple(
        change
        for change in changes
        if any(matches(change.path, parse(text)) for text in patterns)
        and not any(matches(change.path, path) for path in exempt)
    )
