"""The lab as a cloud: types `lab:index:*`, which retailops' own engine makes of real hosts on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi

from retailops_stacks.clouds.region import BucketArgs, BudgetArgs, Cluster, DatabaseArgs, Network, Nodes, RegionArgs


class LabResource(pulumi.CustomResource):  # type: ignore[misc]
    """A resource `lab:index:<kind>`; `told` are the outputs that the provider gives beside the id."""

    def __init__(
        self, kind: str, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions, told: tuple[str, ...] = ()
    ) -> None:
        super().__init__(f"lab:index:{kind}", name, {**dict.fromkeys(told), **inputs}, opts)

    def told(self, key: str) -> pulumi.Output[Any]:
        return pulumi.Output.from_input(getattr(self, key))


class Lab:
    """Implements `Backend`. What it stores is on this machine's disk: `encrypted` is what was asked for, not what it does."""

    # Nobody gives the Service an address there: its nodes' own ports are what is asked.
    internal: ClassVar = {"pulumi.com/skipAwait": "true"}

    def key(self, args: RegionArgs, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
        return LabResource("Key", args.name, {"name": args.name, "tags": args.tags()}, opts).id

    def network(self, args: RegionArgs, opts: pulumi.ResourceOptions) -> Network:
        inputs = {"name": args.name, "zones": list(args.zones), "prefix": str(args.prefix), "tags": args.tags()}
        return Network(LabResource("Network", args.name, inputs, opts).id)

    def cluster(
        self, args: RegionArgs, network: Network, key: pulumi.Output[str], opts: pulumi.ResourceOptions
    ) -> Cluster:
        inputs = {"name": args.name, "network": network.id, "version": args.version, "tags": args.tags()}
        inputs |= {"encrypted": True, "key": key}
        secret = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["kubeconfig"]))
        made = LabResource("Cluster", args.name, inputs, secret, ("kubeconfig", "endpoint"))
        return Cluster(made.id, made.told("endpoint"), made.told("kubeconfig"))

    def node_pool(
        self,
        args: RegionArgs,
        network: Network,  # noqa: ARG002
        cluster: Cluster,
        key: pulumi.Output[str],
        opts: pulumi.ResourceOptions,
    ) -> Nodes:
        pool = args.pool
        inputs = {
            "name": args.name,
            "cluster": cluster.id,
            "size": pool.size,
            "minimum": pool.minimum,
            "maximum": pool.maximum,
            "machine": pool.machine,
            "labels": args.node_labels,
            "tags": args.tags(),
            "encrypted": True,
            "key": key,
        }
        made = LabResource("NodePool", args.name, inputs, opts, ("nodes", "addresses"))
        return Nodes(made, made.told("nodes"), made.told("addresses"))

    def bucket(
        self, args: RegionArgs, bucket: BucketArgs, key: pulumi.Output[str], opts: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        inputs = {"name": bucket.name, "encrypted": True, "key": key, "tags": args.tags(bucket.data_class)}
        return LabResource("Bucket", bucket.name, inputs, opts).id

    def database(
        self,
        args: RegionArgs,
        database: DatabaseArgs,
        network: Network,
        key: pulumi.Output[str],
        opts: pulumi.ResourceOptions,
    ) -> pulumi.Output[str]:
        inputs = {
            "name": args.name,
            "engine": database.engine,
            "size": database.size,
            "network": network.id,
            "encrypted": True,
            "key": key,
            "tags": args.tags(database.data_class),
        }
        return LabResource("Database", args.name, inputs, opts).id

    def gateway(self, args: RegionArgs, network: Network, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
        inputs = {"name": args.name, "network": network.id, "hubs": list(args.hubs.values()), "tags": args.tags()}
        return LabResource("Gateway", args.name, inputs, opts).id

    def budget(self, args: RegionArgs, budget: BudgetArgs, opts: pulumi.ResourceOptions) -> str:
        inputs = {"name": args.name, "monthly": budget.monthly, "currency": budget.currency, "tags": args.tags()}
        LabResource("Budget", args.name, inputs, opts)
        return "watched by the lab"
