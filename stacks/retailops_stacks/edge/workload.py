"""A workload that the store's format declares beside the till: its pods, and with whom they may talk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from retailops_stacks.edge.pods import Size, contained, user
from retailops_stacks.labels import DataClass
from retailops_stacks.traffic import dns, ranges

USER = 10002
SCRATCH = "/scratch"
_PATIENCE = pulumi.CustomTimeouts(create="5m", update="5m")


@dataclass(frozen=True)
class WorkloadArgs:
    """One workload as the configuration gives it (`retailops.model.workloads` says what each field means).

    `callers` are ranges, `reaches` objects `{ranges, protocol, ports}`; `secrets` maps variables to references, whose
    values come apart from this; `scratch` is in MiB, 0 for none.
    """

    id: str
    data_class: DataClass
    image: str | None
    cpu: int
    cpu_asked: int
    memory: int
    replicas: int
    ports: list[int] = field(default_factory=list)
    health: str | None = None
    callers: list[str] = field(default_factory=list)
    reaches: list[Mapping[str, Any]] = field(default_factory=list)
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    scratch: int = 0

    @property
    def size(self) -> Size:
        return Size(self.cpu, self.cpu_asked, self.memory)


class Workload(pulumi.ComponentResource):  # type: ignore[misc]
    """Its pods answer at the address of the box that they run on where somebody may call them."""

    def __init__(
        self,
        args: WorkloadArgs,
        store: str,
        secrets: Mapping[str, pulumi.Output[str]],
        labels: Mapping[str, str],
        namespace: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("retailops:edge:Workload", args.id, {}, opts)
        below = pulumi.ResourceOptions(parent=self)
        metadata = meta.ObjectMetaArgs(name=args.id, namespace=namespace, labels=dict(labels))
        selector = meta.LabelSelectorArgs(match_labels={"app.kubernetes.io/name": args.id})
        # Without a name of its own it is replaced when a value changes, and the pods start anew with it.
        kept = meta.ObjectMetaArgs(namespace=namespace, labels=dict(labels))
        secret = core.Secret(args.id, metadata=kept, string_data=dict(secrets), opts=below) if secrets else None
        policy = networking.NetworkPolicy(args.id, metadata=metadata, spec=_policy(args, selector), opts=below)
        apps.Deployment(
            args.id,
            metadata=metadata,
            spec=apps.DeploymentSpecArgs(
                replicas=args.replicas,
                strategy=_one_by_one(),
                selector=selector,
                template=core.PodTemplateSpecArgs(
                    metadata=meta.ObjectMetaArgs(labels=dict(labels)),
                    spec=_pod(args, _environment(args, store, secret), selector),
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy], custom_timeouts=_PATIENCE),
        )
        self.register_outputs({})


def _one_by_one() -> apps.DeploymentStrategyArgs:
    """A box has room, and its port, for the new pod only when the old one is gone."""
    step = apps.RollingUpdateDeploymentArgs(max_surge=0, max_unavailable=1)
    return apps.DeploymentStrategyArgs(type="RollingUpdate", rolling_update=step)


def _environment(args: WorkloadArgs, store: str, secret: core.Secret | None) -> list[core.EnvVarArgs]:
    plain = {**args.environment, "RETAILOPS_STORE": store}
    found = [core.EnvVarArgs(name=name, value=value) for name, value in plain.items()]
    if secret:
        keys = {name: core.SecretKeySelectorArgs(name=secret.metadata.name, key=name) for name in args.secrets}
        sources = {name: core.EnvVarSourceArgs(secret_key_ref=key) for name, key in keys.items()}
        found += [core.EnvVarArgs(name=name, value_from=source) for name, source in sources.items()]
    return found


def _pod(args: WorkloadArgs, environment: list[core.EnvVarArgs], selector: meta.LabelSelectorArgs) -> core.PodSpecArgs:
    spread = core.TopologySpreadConstraintArgs(
        max_skew=1,
        topology_key="kubernetes.io/hostname",
        when_unsatisfiable="ScheduleAnyway",
        label_selector=selector,
    )
    room = core.EmptyDirVolumeSourceArgs(size_limit=f"{args.scratch}Mi")
    return core.PodSpecArgs(
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=user(USER),
        topology_spread_constraints=[spread] if args.replicas > 1 else None,
        containers=[_container(args, environment)],
        volumes=[core.VolumeArgs(name="scratch", empty_dir=room)] if args.scratch else None,
    )


def _container(args: WorkloadArgs, environment: list[core.EnvVarArgs]) -> core.ContainerArgs:
    mounts = [core.VolumeMountArgs(name="scratch", mount_path=SCRATCH)]
    return core.ContainerArgs(
        name=args.id,
        image=args.image,
        image_pull_policy="IfNotPresent",
        env=environment,
        ports=[
            core.ContainerPortArgs(container_port=port, host_port=port if args.callers else None) for port in args.ports
        ],
        readiness_probe=_probe(args, 3),
        liveness_probe=_probe(args, 6),
        resources=args.size.resources(),
        security_context=contained(),
        volume_mounts=mounts if args.scratch else None,
    )


def _probe(args: WorkloadArgs, failures: int) -> core.ProbeArgs | None:
    if not args.ports:
        return None
    http = core.HTTPGetActionArgs(path=args.health, port=args.ports[0]) if args.health else None
    tcp = None if args.health else core.TCPSocketActionArgs(port=args.ports[0])
    return core.ProbeArgs(
        http_get=http, tcp_socket=tcp, period_seconds=10, timeout_seconds=3, failure_threshold=failures
    )


def _policy(args: WorkloadArgs, selector: meta.LabelSelectorArgs) -> networking.NetworkPolicySpecArgs:
    def ports(numbers: list[int], protocol: str = "TCP") -> list[networking.NetworkPolicyPortArgs]:
        return [networking.NetworkPolicyPortArgs(port=number, protocol=protocol) for number in numbers]

    callers = ranges(map(IPv4Network, args.callers))
    egress = [
        networking.NetworkPolicyEgressRuleArgs(
            to=ranges(map(IPv4Network, reach["ranges"])), ports=ports(reach["ports"], reach["protocol"])
        )
        for reach in args.reaches
    ]
    return networking.NetworkPolicySpecArgs(
        pod_selector=selector,
        policy_types=["Ingress", "Egress"],
        ingress=[networking.NetworkPolicyIngressRuleArgs(from_=callers, ports=ports(args.ports))] if callers else None,
        egress=[dns(), *egress] if egress else None,
    )
