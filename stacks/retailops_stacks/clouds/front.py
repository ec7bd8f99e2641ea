"""What a region serves to stores and customers: as many replicas as the day needs, reached on every node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking
from pulumi_kubernetes.policy import v1 as policy

from retailops_stacks.labels import DataClass, Ownership
from retailops_stacks.namespaces import FencedNamespace, FencedNamespaceArgs
from retailops_stacks.traffic import dns, neighbours, ranges

NAME, PORT, NODE_PORT, HEALTH = "front", 8080, 30080, "/healthz"
LONGEST = 30
"""Seconds that a request may take: a pod that has to go waits for it."""
_PATIENCE = pulumi.CustomTimeouts(create="10m", update="10m")
_USER = 10001


@dataclass(frozen=True)
class FrontArgs:
    """The container listens on 8080 and answers GET /healthz; without `image` it waits for one. `args` are its words."""

    data_class: DataClass
    image: str | None
    args: tuple[str, ...]
    replicas: int
    cpu_millis: int
    memory_mib: int


@dataclass(frozen=True)
class FrontPlace:
    """Where it runs: at most `most` pods, for callers from these ranges, once `after` is there.

    `internal` are the annotations by which the provider's load balancer stays within the network.
    """

    ownership: Ownership
    callers: tuple[IPv4Network, ...]
    most: int
    after: pulumi.Resource
    internal: Mapping[str, str]


class Front(pulumi.ComponentResource):  # type: ignore[misc]
    """A Deployment that is spread over the nodes and loses one pod at a time, behind a load balancer and a port of every node."""

    def __init__(self, args: FrontArgs, place: FrontPlace, opts: pulumi.ResourceOptions) -> None:
        super().__init__("retailops:public:Front", NAME, {}, opts)
        below = pulumi.ResourceOptions(parent=self)
        labels = place.ownership.labels(args.data_class, app=NAME)
        selector = {"app.kubernetes.io/name": NAME}
        space = FencedNamespace(NAME, FencedNamespaceArgs(labels, _quota(args, place)), below)
        metadata = meta.ObjectMetaArgs(name=NAME, namespace=space.name, labels=labels)
        fence = networking.NetworkPolicy(NAME, metadata=metadata, spec=_policy(place), opts=below)
        policy.PodDisruptionBudget(
            NAME,
            metadata=metadata,
            spec=policy.PodDisruptionBudgetSpecArgs(
                max_unavailable=1, selector=meta.LabelSelectorArgs(match_labels=selector)
            ),
            opts=below,
        )
        apps.Deployment(
            NAME,
            metadata=metadata,
            spec=apps.DeploymentSpecArgs(
                replicas=args.replicas,
                selector=meta.LabelSelectorArgs(match_labels=selector),
                template=core.PodTemplateSpecArgs(
                    metadata=meta.ObjectMetaArgs(labels=labels), spec=_pod(args, selector)
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[place.after, fence], custom_timeouts=_PATIENCE),
        )
        core.Service(
            NAME,
            metadata=meta.ObjectMetaArgs(
                name=NAME, namespace=space.name, labels=labels, annotations=dict(place.internal)
            ),
            spec=core.ServiceSpecArgs(
                type="LoadBalancer",
                load_balancer_source_ranges=[str(each) for each in place.callers],
                selector=selector,
                ports=[core.ServicePortArgs(name="http", port=80, target_port=PORT, node_port=NODE_PORT)],
            ),
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=_PATIENCE),
        )
        self.register_outputs({})


def endpoints(addresses: list[str] | None) -> list[str]:
    """One URL a node that says whether the front is reached there."""
    return [f"http://{address}:{NODE_PORT}{HEALTH}" for address in addresses or ()]


def _quota(args: FrontArgs, place: FrontPlace) -> dict[str, str]:
    """For the greatest day, so that a promotion changes the Deployment alone."""
    return {
        "limits.cpu": f"{args.cpu_millis * place.most}m",
        "limits.memory": f"{args.memory_mib * place.most}Mi",
        "pods": str(place.most),
        "services.loadbalancers": "1",
        "services.nodeports": "1",
    }


def _policy(place: FrontPlace) -> networking.NetworkPolicySpecArgs:
    open_port = networking.NetworkPolicyPortArgs(port=PORT, protocol="TCP")
    return networking.NetworkPolicySpecArgs(
        pod_selector=meta.LabelSelectorArgs(),
        policy_types=["Ingress", "Egress"],
        ingress=[networking.NetworkPolicyIngressRuleArgs(from_=ranges(place.callers), ports=[open_port])],
        egress=[dns(), networking.NetworkPolicyEgressRuleArgs(to=[neighbours()])],
    )


def _pod(args: FrontArgs, selector: dict[str, str]) -> core.PodSpecArgs:
    spread = core.TopologySpreadConstraintArgs(
        max_skew=1,
        topology_key="kubernetes.io/hostname",
        when_unsatisfiable="ScheduleAnyway",
        label_selector=meta.LabelSelectorArgs(match_labels=selector),
    )
    return core.PodSpecArgs(
        automount_service_account_token=False,
        enable_service_links=False,
        termination_grace_period_seconds=LONGEST,
        topology_spread_constraints=[spread],
        security_context=core.PodSecurityContextArgs(
            run_as_user=_USER,
            run_as_group=_USER,
            fs_group=_USER,
            run_as_non_root=True,
            seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        containers=[_container(args)],
        volumes=[core.VolumeArgs(name="data", empty_dir=core.EmptyDirVolumeSourceArgs())],
    )


def _container(args: FrontArgs) -> core.ContainerArgs:
    limits: dict[str, Any] = {"cpu": f"{args.cpu_millis}m", "memory": f"{args.memory_mib}Mi"}
    return core.ContainerArgs(
        name=NAME,
        image=args.image,
        args=list(args.args) or None,
        ports=[core.ContainerPortArgs(name="http", container_port=PORT)],
        # Requests still come for some seconds after the pod is told to end: nodes learn of it one after the other.
        lifecycle=core.LifecycleArgs(pre_stop=core.LifecycleHandlerArgs(sleep=core.SleepActionArgs(seconds=5))),
        readiness_probe=core.ProbeArgs(
            http_get=core.HTTPGetActionArgs(path=HEALTH, port=PORT), period_seconds=1, timeout_seconds=2
        ),
        resources=core.ResourceRequirementsArgs(
            limits=limits, requests={"cpu": f"{max(args.cpu_millis // 4, 20)}m", "memory": limits["memory"]}
        ),
        security_context=core.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=core.CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[core.VolumeMountArgs(name="data", mount_path="/data")],
    )
