"""The till: one pod that writes every sale to the node's disk before the receipt, and is found at the node's own address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

PORT = 8080
JOURNAL = "/var/lib/retailops/till"
"""On the node: it outlives pods, the cluster and its re-installation."""
_MOUNT = "/data"
_PATIENCE = pulumi.CustomTimeouts(create="3m", update="3m")


@dataclass(frozen=True)
class TillArgs:
    """`node` is the box that keeps the journal, `address` its address, `user` owns the journal's folder there.

    Only `sellers` may reach the till, and it may reach only `centre`, a URL within `centre_range`.
    """

    store: str
    generation: int
    image: str
    centre: str
    node: str
    address: str
    user: int
    cpu_millis: int
    memory_mib: int
    sellers: tuple[IPv4Network, ...]
    centre_range: IPv4Network
    labels: Mapping[str, str]
    namespace: pulumi.Input[str]


class Till(pulumi.ComponentResource):  # type: ignore[misc]
    """`image` is what runs; `address` is where POS devices reach it, `host:port`."""

    image: str
    address: str

    def __init__(self, name: str, args: TillArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("retailops:edge:Till", name, {}, opts)
        self.image, self.address = args.image, f"{args.address}:{PORT}"
        below = pulumi.ResourceOptions(parent=self)
        metadata = meta.ObjectMetaArgs(name=name, namespace=args.namespace, labels=dict(args.labels))
        selector = {"app.kubernetes.io/name": args.labels["app.kubernetes.io/name"]}
        account = core.ServiceAccount(name, metadata=metadata, automount_service_account_token=False, opts=below)
        policy = networking.NetworkPolicy(name, metadata=metadata, spec=_policy(args, selector), opts=below)
        deployment = apps.Deployment(
            name,
            metadata=metadata,
            spec=apps.DeploymentSpecArgs(
                replicas=1,
                strategy=apps.DeploymentStrategyArgs(type="Recreate"),
                selector=meta.LabelSelectorArgs(match_labels=selector),
                template=core.PodTemplateSpecArgs(
                    metadata=meta.ObjectMetaArgs(labels=dict(args.labels)), spec=_pod(args, name)
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account, policy], custom_timeouts=_PATIENCE),
        )
        core.Service(
            name,
            metadata=metadata,
            spec=core.ServiceSpecArgs(
                selector=selector, ports=[core.ServicePortArgs(name="http", port=PORT, target_port="http")]
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[deployment], custom_timeouts=_PATIENCE),
        )
        self.register_outputs({"image": self.image, "address": self.address})


def _pod(args: TillArgs, name: str) -> core.PodSpecArgs:
    return core.PodSpecArgs(
        service_account_name=name,
        automount_service_account_token=False,
        enable_service_links=False,
        node_selector={"kubernetes.io/hostname": args.node},
        termination_grace_period_seconds=10,
        # A store's only node is never left because it seems away: the till keeps selling.
        tolerations=[
            core.TolerationArgs(key=f"node.kubernetes.io/{state}", operator="Exists", effect="NoExecute")
            for state in ("not-ready", "unreachable")
        ],
        security_context=core.PodSecurityContextArgs(
            run_as_user=args.user,
            run_as_group=args.user,
            run_as_non_root=args.user != 0,
            seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        containers=[_container(args)],
        volumes=[
            core.VolumeArgs(
                name="journal", host_path=core.HostPathVolumeSourceArgs(path=JOURNAL, type="DirectoryOrCreate")
            )
        ],
    )


def _container(args: TillArgs) -> core.ContainerArgs:
    health = core.HTTPGetActionArgs(path="/healthz", port="http")
    size = {"cpu": f"{args.cpu_millis}m", "memory": f"{args.memory_mib}Mi"}
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
        resources=core.ResourceRequirementsArgs(limits=size, requests={"cpu": "50m", "memory": "32Mi"}),
        security_context=core.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=core.CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[core.VolumeMountArgs(name="journal", mount_path=_MOUNT)],
    )


def _policy(args: TillArgs, selector: Mapping[str, str]) -> networking.NetworkPolicySpecArgs:
    port = networking.NetworkPolicyPortArgs(port=PORT, protocol="TCP")
    sellers = [
        networking.NetworkPolicyPeerArgs(ip_block=networking.IPBlockArgs(cidr=str(network))) for network in args.sellers
    ]
    centre = networking.NetworkPolicyPeerArgs(ip_block=networking.IPBlockArgs(cidr=str(args.centre_range)))
    return networking.NetworkPolicySpecArgs(
        pod_selector=meta.LabelSelectorArgs(match_labels=dict(selector)),
        policy_types=["Ingress", "Egress"],
        ingress=[networking.NetworkPolicyIngressRuleArgs(from_=sellers, ports=[port])],
        egress=[networking.NetworkPolicyEgressRuleArgs(to=[centre], ports=[port])],
    )
