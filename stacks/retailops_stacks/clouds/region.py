"""A public region: keys, network, cluster, node pool, buckets, database, gateway and budget, in terms of no provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any, Protocol

import pulumi
import pulumi_kubernetes as kubernetes

from retailops_stacks.clouds.front import Front, FrontArgs, FrontPlace, endpoints
from retailops_stacks.labels import DataClass, Ownership

PODS_PER_NODE = 10
"""Of the front, at most."""


@dataclass(frozen=True)
class PoolArgs:
    """Nodes of one kind, from `minimum` to `maximum`; `size` are wanted now."""

    machine: str
    minimum: int
    maximum: int
    size: int


@dataclass(frozen=True)
class BucketArgs:
    """One bucket; `name` is unique for the provider."""

    name: str
    data_class: DataClass


@dataclass(frozen=True)
class DatabaseArgs:
    """A managed database; `size` is the provider's word for its machine."""

    engine: str
    version: str
    size: str
    storage_gib: int
    data_class: DataClass


@dataclass(frozen=True)
class BudgetArgs:
    """What a month may cost, in whole units of `currency`; `contact` hears of it."""

    monthly: int
    currency: str
    contact: str = ""


@dataclass(frozen=True)
class RegionArgs:
    """One public cloud as its stack configuration gives it (`retailops.render.stack_config_public` writes that).

    `prefix` is the network's, cut evenly over `zones` (two at least). `hubs` maps a hub's name to its public address; through them
    `behind` is reached. Without `pool_labels` nodes carry the ownership's labels alone.
    """

    ownership: Ownership
    region: str
    zones: tuple[str, ...]
    prefix: IPv4Network
    pods: IPv4Network
    services: IPv4Network
    version: str
    pool: PoolArgs
    buckets: tuple[BucketArgs, ...]
    database: DatabaseArgs | None
    hubs: Mapping[str, str]
    behind: tuple[IPv4Network, ...]
    budget: BudgetArgs | None
    pool_labels: Mapping[str, str] = field(default_factory=dict)
    front: FrontArgs | None = None

    @property
    def name(self) -> str:
        return self.ownership.store

    @property
    def zone_prefixes(self) -> dict[str, IPv4Network]:
        """Each zone's part of the network: a quarter, or less where there are more than four."""
        bits = max(2, (len(self.zones) - 1).bit_length())
        return dict(zip(self.zones, self.prefix.subnets(prefixlen_diff=bits), strict=False))

    @property
    def priced(self) -> dict[str, Any]:
        """What is paid by its size, in the words of the configuration."""
        found: dict[str, Any] = {"machine": self.pool.machine, "size": self.pool.size}
        if self.database:
            found["database"] = {"size": self.database.size, "storage_gib": self.database.storage_gib}
        return found

    @property
    def node_labels(self) -> dict[str, str]:
        """A kubelet refuses to start with a label of Kubernetes' own that it does not know."""
        return {key: value for key, value in self.tags().items() if "kubernetes.io/" not in key} | dict(
            self.pool_labels
        )

    def tags(self, data_class: DataClass = "operations") -> dict[str, str]:
        return self.ownership.labels(data_class)


@dataclass(frozen=True)
class Network:
    """`subnets` are in the order of the zones."""

    id: pulumi.Output[str]
    subnets: tuple[pulumi.Output[str], ...] = ()


@dataclass(frozen=True)
class Cluster:
    """`id` is what node pools name; `kubeconfig` is a secret."""

    id: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]


@dataclass(frozen=True)
class Nodes:
    """A pool's nodes: their names and addresses, both empty where the provider doesn't tell."""

    pool: pulumi.Resource
    names: pulumi.Output[list[str]]
    addresses: pulumi.Output[list[str]]


class Backend(Protocol):
    """A provider. Every method makes its resources below `opts.parent`, tagged, and encrypted with `key` where anything is stored.

    `internal` are the annotations of a Service that keep its load balancer within the network.
    """

    internal: Mapping[str, str]

    def key(self, args: RegionArgs, opts: pulumi.ResourceOptions) -> pulumi.Output[str]: ...

    def network(self, args: RegionArgs, opts: pulumi.ResourceOptions) -> Network: ...

    def cluster(
        self, args: RegionArgs, network: Network, key: pulumi.Output[str], opts: pulumi.ResourceOptions
    ) -> Cluster: ...

    def node_pool(
        self,
        args: RegionArgs,
        network: Network,
        cluster: Cluster,
        key: pulumi.Output[str],
        opts: pulumi.ResourceOptions,
    ) -> Nodes: ...

    def bucket(
        self, args: RegionArgs, bucket: BucketArgs, key: pulumi.Output[str], opts: pulumi.ResourceOptions
    ) -> pulumi.Output[str]: ...

    def database(
        self,
        args: RegionArgs,
        database: DatabaseArgs,
        network: Network,
        key: pulumi.Output[str],
        opts: pulumi.ResourceOptions,
    ) -> pulumi.Output[str]:
        """Where it is reached."""

    def gateway(self, args: RegionArgs, network: Network, opts: pulumi.ResourceOptions) -> pulumi.Output[str]: ...

    def budget(self, args: RegionArgs, budget: BudgetArgs, opts: pulumi.ResourceOptions) -> str:
        """Who watches it: the provider, or where a person has to."""


class Region(pulumi.ComponentResource):  # type: ignore[misc]
    """`outputs` are what the program exports; the cluster's kubeconfig among them is a secret."""

    outputs: dict[str, Any]

    def __init__(
        self, name: str, args: RegionArgs, backend: Backend, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("retailops:public:Region", name, {}, opts)
        if len(args.zones) < 2:
            raise pulumi.RunError("public:zones names less than two zones: one of them may fail")
        below = pulumi.ResourceOptions(parent=self)
        key = backend.key(args, below)
        network = backend.network(args, below)
        cluster = backend.cluster(args, network, key, below)
        nodes = backend.node_pool(args, network, cluster, key, below)
        serves = bool(args.front and args.front.image)
        if args.front and serves:
            _front(args.front, args, cluster, nodes, backend.internal, below)
        self.outputs = {
            "network": network.id,
            "endpoint": cluster.endpoint,
            "kubeconfig": pulumi.Output.secret(cluster.kubeconfig),
            "nodes": nodes.names,
            "endpoints": nodes.addresses.apply(endpoints) if serves else [],
            "buckets": {item.name: backend.bucket(args, item, key, below) for item in args.buckets},
            "database": backend.database(args, args.database, network, key, below) if args.database else "",
            "gateway": backend.gateway(args, network, below) if args.hubs else "",
            "budget": backend.budget(args, args.budget, below) if args.budget else "none declared",
            "priced": args.priced,
        }
        self.register_outputs(self.outputs)


def _front(
    front: FrontArgs,
    args: RegionArgs,
    cluster: Cluster,
    nodes: Nodes,
    internal: Mapping[str, str],
    below: pulumi.ResourceOptions,
) -> None:
    provider = kubernetes.Provider(args.name, kubeconfig=cluster.kubeconfig, opts=below)
    place = FrontPlace(
        args.ownership, (args.prefix, *args.behind), args.pool.maximum * PODS_PER_NODE, nodes.pool, internal
    )
    Front(front, place, pulumi.ResourceOptions(parent=below.parent, providers=[provider]))
