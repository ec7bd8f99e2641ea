"""The containers that a registered workload runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from retailops_stacks.policies.registered import Registered, items, mapping

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job")


def pod(item: Registered) -> Mapping[str, Any]:
    """The pod's spec, empty for what runs none."""
    spec = mapping(item.inputs.get("spec"))
    if item.object_kind == "Pod":
        return spec
    if item.object_kind == "CronJob":
        spec = mapping(mapping(spec.get("jobTemplate")).get("spec"))
    elif item.object_kind not in _WORKLOADS:
        return {}
    return mapping(mapping(spec.get("template")).get("spec"))


def containers(item: Registered) -> Iterator[Mapping[str, Any]]:
    for key in ("initContainers", "containers"):
        yield from (mapping(container) for container in items(pod(item).get(key)))
