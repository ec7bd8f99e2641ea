"""One central service: its namespace with fences, its configuration, and its pods as a StatefulSet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from retailops_stacks.labels import DataClass, Ownership
from retailops_stacks.namespaces import FencedNamespace, FencedNamespaceArgs
from retailops_stacks.private.catalogue import CATALOGUE, CONFIG, DATA, SECRET, Facts, Kind
from retailops_stacks.traffic import dns, neighbours, ranges

_PATIENCE = pulumi.CustomTimeouts(create="10m", update="10m")
Storage = Literal["claim", "host"]
HOST_FOLDER = "/var/lib/retailops/services"
"""Where a node keeps what `host` storage holds: a folder that any user may write in, and each pod has its own in it."""


@dataclass(frozen=True)
class ServiceArgs:
    """One service as the configuration gives it; without `image` it gets its place and waits there."""

    id: str
    data_class: DataClass
    image: str | None
    replicas: int
    cpu_millis: int
    memory_mib: int
    storage_gib: int


@dataclass(frozen=True)
class Surroundings:
    """What all services share. `storage` is `claim` (a PersistentVolumeClaim of `storage_class`) or `host` (the node's disk).

    `callers` are the ranges of the centre and the stores; `priorities` maps critical (True) or not to a PriorityClass.
    """

    ownership: Ownership
    facts: Facts
    storage: Storage
    storage_class: str
    callers: tuple[IPv4Network, ...]
    priorities: Mapping[bool, pulumi.Output[str]]


class CentralService(pulumi.ComponentResource):  # type: ignore[misc]
    """`address` is where it is reached within the cluster, `waiting` what it lacks to run; each is empty if there is none."""

    address: str
    waiting: str

    def __init__(
        self,
        args: ServiceArgs,
        around: Surroundings,
        password: pulumi.Output[str] | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("retailops:private:CentralService", args.id, {}, opts)
        kind = CATALOGUE[args.id]
        below = pulumi.ResourceOptions(parent=self)
        labels = around.ownership.labels(args.data_class, app=args.id)
        space = FencedNamespace(args.id, _namespace(args, kind, around, labels), below)
        metadata = meta.ObjectMetaArgs(name=args.id, namespace=space.name, labels=labels)
        files = kind.files(_with(around.facts, args))
        account = core.ServiceAccount(args.id, metadata=metadata, automount_service_account_token=False, opts=below)
        made: list[pulumi.Resource] = [account]
        if files:
            made.append(core.ConfigMap(args.id, metadata=metadata, data=files, opts=below))
        if kind.ports:
            spec = _policy(kind, around)
            made.append(networking.NetworkPolicy(args.id, metadata=metadata, spec=spec, opts=below))
        self.address = f"{args.id}.{args.id}.svc.{around.facts.domain}" if kind.ports else ""
        self.waiting = _waiting(args, kind, password)
        if not kind.place_only and not self.waiting:
            if password is not None:
                made.append(core.Secret(args.id, metadata=metadata, string_data={"password": password}, opts=below))
            after = pulumi.ResourceOptions(parent=self, depends_on=made, custom_timeouts=_PATIENCE)
            spec = _stateful_set(args, kind, around, labels, files)
            apps.StatefulSet(args.id, metadata=metadata, spec=spec, opts=after)
            core.Service(args.id, metadata=metadata, spec=_service(kind, args), opts=below)
        self.register_outputs({"address": self.address, "waiting": self.waiting})


def _waiting(args: ServiceArgs, kind: Kind, password: object) -> str:
    lacks = [] if args.image or kind.place_only else ["an image"]
    return " and ".join([*lacks, *(["a password"] if kind.password and password is None else [])])


def _with(facts: Facts, args: ServiceArgs) -> Facts:
    return Facts(facts.cloud, facts.hubs, facts.domain, args.replicas)


def _namespace(args: ServiceArgs, kind: Kind, around: Surroundings, labels: Mapping[str, str]) -> FencedNamespaceArgs:
    """Room for one pod more than are wanted, for a roll-out; only the node's disk needs the level `privileged`."""
    pods = args.replicas + 1
    quota = {
        "limits.cpu": f"{args.cpu_millis * pods}m",
        "limits.memory": f"{args.memory_mib * pods}Mi",
        "pods": str(pods),
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }
    on_host = around.storage == "host" and not kind.place_only
    return FencedNamespaceArgs(labels, quota, security="privileged" if on_host else "restricted")


def _stateful_set(
    args: ServiceArgs, kind: Kind, around: Surroundings, labels: Mapping[str, str], files: Mapping[str, str]
) -> apps.StatefulSetSpecArgs:
    claim = core.PersistentVolumeClaimArgs(
        metadata=meta.ObjectMetaArgs(name="data", labels=dict(labels)),
        spec=core.PersistentVolumeClaimSpecArgs(
            access_modes=["ReadWriteOnce"],
            storage_class_name=around.storage_class or None,
            resources=core.VolumeResourceRequirementsArgs(requests={"storage": f"{args.storage_gib}Gi"}),
        ),
    )
    # A changed file rolls the pods: they read it once.
    digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]
    return apps.StatefulSetSpecArgs(
        replicas=args.replicas,
        service_name=args.id,
        pod_management_policy="Parallel",
        selector=meta.LabelSelectorArgs(match_labels={"app.kubernetes.io/name": args.id}),
        template=core.PodTemplateSpecArgs(
            metadata=meta.ObjectMetaArgs(labels=dict(labels), annotations={"retailops/files": digest}),
            spec=_pod(args, kind, around, files),
        ),
        volume_claim_templates=[claim] if around.storage == "claim" else None,
    )


def _pod(args: ServiceArgs, kind: Kind, around: Surroundings, files: Mapping[str, str]) -> core.PodSpecArgs:
    volumes = []
    if files:
        volumes.append(core.VolumeArgs(name="config", config_map=core.ConfigMapVolumeSourceArgs(name=args.id)))
    if kind.password:
        volumes.append(core.VolumeArgs(name="secret", secret=core.SecretVolumeSourceArgs(secret_name=args.id)))
    if around.storage == "host":
        source = core.HostPathVolumeSourceArgs(path=HOST_FOLDER, type="DirectoryOrCreate")
        volumes.append(core.VolumeArgs(name="data", host_path=source))
    return core.PodSpecArgs(
        service_account_name=args.id,
        automount_service_account_token=False,
        enable_service_links=False,
        priority_class_name=around.priorities[kind.critical],
        termination_grace_period_seconds=60,
        security_context=core.PodSecurityContextArgs(
            run_as_user=kind.user,
            run_as_group=kind.user,
            fs_group=kind.user,
            run_as_non_root=True,
            seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        topology_spread_constraints=[
            core.TopologySpreadConstraintArgs(
                max_skew=1,
                topology_key="kubernetes.io/hostname",
                when_unsatisfiable="ScheduleAnyway",
                label_selector=meta.LabelSelectorArgs(match_labels={"app.kubernetes.io/name": args.id}),
            )
        ],
        containers=[_container(args, kind, around.storage, files)],
        volumes=volumes,
    )


def _container(args: ServiceArgs, kind: Kind, storage: Storage, files: Mapping[str, str]) -> core.ContainerArgs:
    limits = {"cpu": f"{args.cpu_millis}m", "memory": f"{args.memory_mib}Mi"}
    own = f"{args.id}/$(POD_NAME)" if storage == "host" else None
    mounts = [core.VolumeMountArgs(name="data", mount_path=DATA, sub_path_expr=own)]
    mounts += [core.VolumeMountArgs(name="config", mount_path=CONFIG, read_only=True)] if files else []
    mounts += [core.VolumeMountArgs(name="secret", mount_path=SECRET, read_only=True)] if kind.password else []
    pod_name = core.EnvVarSourceArgs(field_ref=core.ObjectFieldSelectorArgs(field_path="metadata.name"))
    return core.ContainerArgs(
        name=args.id,
        image=args.image,
        args=list(kind.args) or None,
        env=[
            core.EnvVarArgs(name="POD_NAME", value_from=pod_name),
            *(core.EnvVarArgs(name=key, value=value) for key, value in kind.environment.items()),
        ],
        ports=[core.ContainerPortArgs(name=name, container_port=port) for name, port in kind.ports.items()],
        readiness_probe=_probe(kind, 3),
        liveness_probe=_probe(kind, 10),
        resources=core.ResourceRequirementsArgs(
            limits=limits, requests={"cpu": f"{max(args.cpu_millis // 4, 20)}m", "memory": limits["memory"]}
        ),
        security_context=core.SecurityContextArgs(
            allow_privilege_escalation=False,
            capabilities=core.CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=mounts,
    )


def _probe(kind: Kind, failures: int) -> core.ProbeArgs:
    http = core.HTTPGetActionArgs(path=kind.probe, port=kind.health) if kind.probe else None
    tcp = None if kind.probe else core.TCPSocketActionArgs(port=kind.health)
    return core.ProbeArgs(
        http_get=http, tcp_socket=tcp, period_seconds=5, timeout_seconds=3, failure_threshold=failures
    )


def _service(kind: Kind, args: ServiceArgs) -> core.ServiceSpecArgs:
    """Headless: each pod has a name of its own, which peers and leaf nodes use."""
    return core.ServiceSpecArgs(
        cluster_ip="None",
        publish_not_ready_addresses=True,
        selector={"app.kubernetes.io/name": args.id},
        ports=[core.ServicePortArgs(name=name, port=port, target_port=name) for name, port in kind.ports.items()],
    )


def _policy(kind: Kind, around: Surroundings) -> networking.NetworkPolicySpecArgs:
    def ports(names: tuple[str, ...]) -> list[networking.NetworkPolicyPortArgs]:
        return [networking.NetworkPolicyPortArgs(port=kind.ports[name], protocol="TCP") for name in names]

    ingress = [networking.NetworkPolicyIngressRuleArgs(from_=[neighbours()], ports=ports(tuple(kind.ports)))]
    if kind.open_ports:
        ingress.append(
            networking.NetworkPolicyIngressRuleArgs(from_=ranges(around.callers), ports=ports(kind.open_ports))
        )
    egress = [dns(), networking.NetworkPolicyEgressRuleArgs(to=[neighbours()])]
    if kind.scrapes:
        egress.append(networking.NetworkPolicyEgressRuleArgs(to=ranges(around.callers)))
    return networking.NetworkPolicySpecArgs(
        pod_selector=meta.LabelSelectorArgs(), policy_types=["Ingress", "Egress"], ingress=ingress, egress=egress
    )
