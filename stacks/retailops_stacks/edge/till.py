"""The till: every sale is on its box's disk before the receipt, and it is found at the box's own address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking
from pulumi_kubernetes.policy import v1 as disruption

from retailops_stacks.edge.pods import Size, contained, user
from retailops_stacks.traffic import ranges

PORT = 8080
JOURNAL = "/var/lib/retailops/till"
"""On the box: it outlives pods, the cluster and its re-installation."""
_MOUNT = "/data"
_HOST = "kubernetes.io/hostname"
_PATIENCE = pulumi.CustomTimeouts(create="3m", update="3m")


@dataclass(frozen=True)
class Seat:
    """A box that keeps a till's journal, and the box's address."""

    node: str
    address: str


@dataclass(frozen=True)
class TillArgs:
    """One till on each of `seats`; `user` owns the journal's folder there, `priority` is its PriorityClass.

    Only `sellers` may reach the till, and it may reach only `centre`, a URL within `centre_range`.
    """

    store: str
    generation: int
    image: str
    centre: str
    seats: tuple[Seat, ...]
    user: int
    size: Size
    sellers: tuple[IPv4Network, ...]
    centre_range: IPv4Network
    labels: Mapping[str, str]
    namespace: pulumi.Input[str]
    priority: pulumi.Input[str]


class Till(pulumi.ComponentResource):  # type: ignore[misc]
    """`image` is what runs; `addresses` are where POS devices reach it, each `host:port`."""

    image: str
    addresses: list[str]

    def __init__(self, name: str, args: TillArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("retailops:edge:Till", name, {}, opts)
        self.image, self.addresses = args.image, [f"{seat.address}:{PORT}" for seat in args.seats]
        below = pulumi.ResourceOptions(parent=self)
        metadata = meta.ObjectMetaArgs(name=name, namespace=args.namespace, labels=dict(args.labels))
        selector = {"app.kubernetes.io/name": args.labels["app.kubernetes.io/name"]}
        pods = meta.LabelSelectorArgs(match_labels=selector)
        policy = networking.NetworkPolicy(name, metadata=metadata, spec=_policy(args, pods), opts=below)
        deployment = apps.Deployment(
            name,
            metadata=metadata,
            spec=apps.DeploymentSpecArgs(
                replicas=len(args.seats),
                strategy=_strategy(args),
                selector=pods,
                template=core.PodTemplateSpecArgs(
                    metadata=meta.ObjectMetaArgs(labels=dict(args.labels)), spec=_pod(args, pods)
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy], custom_timeouts=_PATIENCE),
        )
        core.Service(
            name,
            metadata=metadata,
            spec=core.ServiceSpecArgs(
                selector=selector, ports=[core.ServicePortArgs(name="http", port=PORT, target_port="http")]
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[deployment], custom_timeouts=_PATIENCE),
        )
        if len(args.seats) > 1:
            # Of a lone till it would only stop a server from being drained.
            spec = disruption.PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=pods)
            disruption.PodDisruptionBudget(name, metadata=metadata, spec=spec, opts=below)
        self.register_outputs({"image": self.image, "addresses": self.addresses})


def _strategy(args: TillArgs) -> apps.DeploymentStrategyArgs:
    """Port and journal are free for the new pod only when the old one is gone; of several tills one goes at a time."""
    if len(args.seats) == 1:
        return apps.DeploymentStrategyArgs(type="Recreate")
    step = apps.RollingUpdateDeploymentArgs(max_surge=0, max_unavailable=1)
    return apps.DeploymentStrategyArgs(type="RollingUpdate", rolling_update=step)


def _pod(args: TillArgs, pods: meta.LabelSelectorArgs) -> core.PodSpecArgs:
    return core.PodSpecArgs(
        automount_service_account_token=False,
        enable_service_links=False,
        priority_class_name=args.priority,
        affinity=_seated(args, pods),
        termination_grace_period_seconds=10,
        # A store's server is never left because it seems away: the till keeps selling.
        tolerations=[
            core.TolerationArgs(key=f"node.kubernetes.io/{state}", operator="Exists", effect="NoExecute")
            for state in ("not-ready", "unreachable")
        ],
        security_context=user(args.user),
        containers=[_container(args)],
        volumes=[
            core.VolumeArgs(
                name="journal", host_path=core.HostPathVolumeSourceArgs(path=JOURNAL, type="DirectoryOrCreate")
            )
        ],
    )


def _seated(args: TillArgs, pods: meta.LabelSelectorArgs) -> core.AffinityArgs:
    """As many tills as seats, no two on one: so every journal has a till that empties it."""
    here = core.NodeSelectorRequirementArgs(key=_HOST, operator="In", values=[seat.node for seat in args.seats])
    alone = core.PodAffinityTermArgs(topology_key=_HOST, label_selector=pods)
    return core.AffinityArgs(
        node_affinity=core.NodeAffinityArgs(
            required_during_scheduling_ignored_during_execution=core.NodeSelectorArgs(
                node_selector_terms=[core.NodeSelectorTermArgs(match_expressions=[here])]
            )
        ),
        pod_anti_affinity=core.PodAntiAffinityArgs(required_during_scheduling_ignored_during_execution=[alone]),
    )


def _container(args: TillArgs) -> core.ContainerArgs:
    health = core.HTTPGetActionArgs(path="/healthz", port="http")
    return core.ContainerArgs(
        name="till",
        image=args.image,
        image_pull_policy="Never",
        args=[
            "store",
            f"--data={_MOUNT}",
            f"--store={args.store}",
            f"--generation={args.generation}",
            f"--centre={args.centre}",
        ],
        ports=[core.ContainerPortArgs(name="http", container_port=PORT, host_port=PORT)],
        readiness_probe=core.ProbeArgs(http_get=health, period_seconds=2, timeout_seconds=2, failure_threshold=2),
        liveness_probe=core.ProbeArgs(http_get=health, period_seconds=10, timeout_seconds=5, failure_threshold=3),
        resources=args.size.resources(),
        security_context=contained(),
        volume_mounts=[core.VolumeMountArgs(name="journal", mount_path=_MOUNT)],
    )


def _policy(args: TillArgs, pods: meta.LabelSelectorArgs) -> networking.NetworkPolicySpecArgs:
    port = networking.NetworkPolicyPortArgs(port=PORT, protocol="TCP")
    return networking.NetworkPolicySpecArgs(
        pod_selector=pods,
        policy_types=["Ingress", "Egress"],
        ingress=[networking.NetworkPolicyIngressRuleArgs(from_=ranges(args.sellers), ports=[port])],
        egress=[networking.NetworkPolicyEgressRuleArgs(to=ranges([args.centre_range]), ports=[port])],
    )
