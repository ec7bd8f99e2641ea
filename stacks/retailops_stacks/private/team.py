"""A team's own namespace: its share of the cluster, and traffic to the central services only."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from retailops_stacks.labels import DataClass, Ownership
from retailops_stacks.namespaces import FencedNamespace, FencedNamespaceArgs
from retailops_stacks.traffic import dns, neighbours


@dataclass(frozen=True)
class TeamArgs:
    """One team as the configuration gives it."""

    id: str
    data_class: DataClass
    cpu_millis: int
    memory_mib: int
    pods: int


class Team(pulumi.ComponentResource):  # type: ignore[misc]
    """`name` is the namespace's."""

    name: pulumi.Output[str]

    def __init__(self, args: TeamArgs, ownership: Ownership, opts: pulumi.ResourceOptions) -> None:
        super().__init__("retailops:private:Team", args.id, {}, opts)
        below = pulumi.ResourceOptions(parent=self)
        labels = {**ownership.labels(args.data_class), "retailops/owner": args.id}
        quota = {
            "limits.cpu": f"{args.cpu_millis}m",
            "limits.memory": f"{args.memory_mib}Mi",
            "pods": str(args.pods),
            "services.loadbalancers": "0",
            "services.nodeports": "0",
        }
        space = FencedNamespace(args.id, FencedNamespaceArgs(labels, quota), below)
        networking.NetworkPolicy(
            args.id,
            metadata=meta.ObjectMetaArgs(name="neighbours", namespace=space.name, labels=labels),
            spec=networking.NetworkPolicySpecArgs(
                pod_selector=meta.LabelSelectorArgs(),
                policy_types=["Ingress", "Egress"],
                ingress=[networking.NetworkPolicyIngressRuleArgs(from_=[neighbours()])],
                egress=[dns(), networking.NetworkPolicyEgressRuleArgs(to=[neighbours()])],
            ),
            opts=below,
        )
        self.name = space.name
        self.register_outputs({"name": self.name})
