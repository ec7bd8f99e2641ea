"""Which kinds the stand-in API server serves."""

from __future__ import annotations

from typing import Any

KINDS: dict[str, dict[str, tuple[str, bool]]] = {
    "v1": {
        "Namespace": ("namespaces", False),
        "ConfigMap": ("configmaps", True),
        "Secret": ("secrets", True),
        "Service": ("services", True),
        "ServiceAccount": ("serviceaccounts", True),
        "ResourceQuota": ("resourcequotas", True),
        "LimitRange": ("limitranges", True),
        "Pod": ("pods", True),
        "Event": ("events", True),
        "PersistentVolume": ("persistentvolumes", False),
        "PersistentVolumeClaim": ("persistentvolumeclaims", True),
    },
    "apps/v1": {
        "Deployment": ("deployments", True),
        "StatefulSet": ("statefulsets", True),
        "DaemonSet": ("daemonsets", True),
    },
    "batch/v1": {"Job": ("jobs", True), "CronJob": ("cronjobs", True)},
    "autoscaling/v2": {"HorizontalPodAutoscaler": ("horizontalpodautoscalers", True)},
    "policy/v1": {"PodDisruptionBudget": ("poddisruptionbudgets", True)},
    "rbac.authorization.k8s.io/v1": {
        "Role": ("roles", True),
        "RoleBinding": ("rolebindings", True),
        "ClusterRole": ("clusterroles", False),
        "ClusterRoleBinding": ("clusterrolebindings", False),
    },
    "apiextensions.k8s.io/v1": {"CustomResourceDefinition": ("customresourcedefinitions", False)},
    "scheduling.k8s.io/v1": {"PriorityClass": ("priorityclasses", False)},
    "storage.k8s.io/v1": {"StorageClass": ("storageclasses", False)},
    "networking.k8s.io/v1": {"NetworkPolicy": ("networkpolicies", True), "Ingress": ("ingresses", True)},
    "discovery.k8s.io/v1": {"EndpointSlice": ("endpointslices", True)},
}
TOP = {"apiVersion", "kind", "metadata", "spec", "status", "data", "stringData", "binaryData", "type", "immutable"}
TOP |= {"value", "description", "provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"}
TOP |= {"automountServiceAccountToken", "rules", "roleRef", "subjects", "globalDefault", "preemptionPolicy"}


def defined(objects: dict[str, dict[str, Any]]) -> dict[str, dict[str, tuple[str, bool]]]:
    """The built-in kinds and those that definitions in the cluster add."""
    found = {version: dict(kinds) for version, kinds in KINDS.items()}
    for item in objects.values():
        if item["kind"] == "CustomResourceDefinition":
            spec = item["spec"]
            for version in spec["versions"]:
                kinds = found.setdefault(f"{spec['group']}/{version['name']}", {})
                kinds[spec["names"]["kind"]] = (spec["names"]["plural"], spec["scope"] == "Namespaced")
    return found
