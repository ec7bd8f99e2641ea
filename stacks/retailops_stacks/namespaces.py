"""A namespace with its fences: quota, limits for every container, and no traffic that nobody allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking


@dataclass(frozen=True)
class FencedNamespaceArgs:
    """`quota` is what all pods together may use; `security` is the pod security level that is enforced there."""

    labels: Mapping[str, str]
    quota: Mapping[str, str]
    security: str = "restricted"
    default_limits: Mapping[str, str] = field(default_factory=lambda: {"cpu": "250m", "memory": "128Mi"})
    default_requests: Mapping[str, str] = field(default_factory=lambda: {"cpu": "20m", "memory": "32Mi"})


class FencedNamespace(pulumi.ComponentResource):  # type: ignore[misc]
    """`name` is the namespace's name once it is there, so that what uses it comes after its fences' namespace."""

    name: pulumi.Output[str]

    def __init__(self, name: str, args: FencedNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("retailops:edge:FencedNamespace", name, {}, opts)
        below = pulumi.ResourceOptions(parent=self)
        level = {
            "pod-security.kubernetes.io/enforce": args.security,
            "pod-security.kubernetes.io/warn": "restricted",
        }
        namespace = core.Namespace(
            name, metadata=meta.ObjectMetaArgs(name=name, labels={**args.labels, **level}), opts=below
        )
        self.name = namespace.metadata.name
        core.ResourceQuota(
            f"{name}-quota",
            metadata=self._metadata("quota", args),
            spec=core.ResourceQuotaSpecArgs(hard=dict(args.quota)),
            opts=below,
        )
        core.LimitRange(
            f"{name}-limits",
            metadata=self._metadata("limits", args),
            spec=core.LimitRangeSpecArgs(
                limits=[
                    core.LimitRangeItemArgs(
                        type="Container",
                        default=dict(args.default_limits),
                        default_request=dict(args.default_requests),
                    )
                ]
            ),
            opts=below,
        )
        networking.NetworkPolicy(
            f"{name}-deny",
            metadata=self._metadata("deny-all", args),
            spec=networking.NetworkPolicySpecArgs(
                pod_selector=meta.LabelSelectorArgs(), policy_types=["Ingress", "Egress"]
            ),
            opts=below,
        )
        self.register_outputs({"name": self.name})

    def _metadata(self, name: str, args: FencedNamespaceArgs) -> meta.ObjectMetaArgs:
        return meta.ObjectMetaArgs(name=name, namespace=self.name, labels=dict(args.labels))
