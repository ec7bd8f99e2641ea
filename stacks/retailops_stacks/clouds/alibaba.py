"""Alibaba Cloud by its official Pulumi package (pulumi-alicloud)."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

import pulumi

from retailops_stacks.clouds.region import BucketArgs, BudgetArgs, Cluster, DatabaseArgs, Network, Nodes, RegionArgs


class Alibaba:
    """Implements `Backend`; the package is imported when it is named. The account's region is `alicloud:region` of the stack."""

    internal: ClassVar = {"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type": "intranet"}

    def __init__(self) -> None:
        self.sdk: Any = import_module("pulumi_alicloud")

    def key(self, args: RegionArgs, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
        made = self.sdk.kms.Key(
            args.name,
            description=f"retailops {args.name}",
            automatic_rotation="Enabled",
            rotation_interval="365d",
            pending_window_in_days=30,
            tags=args.tags(),
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=True)),
        )
        return made.id

    def network(self, args: RegionArgs, opts: pulumi.ResourceOptions) -> Network:
        network = self.sdk.vpc.Network(
            args.name, vpc_name=args.name, cidr_block=str(args.prefix), tags=args.tags(), opts=opts
        )
        switches = [
            self.sdk.vpc.Switch(
                f"{args.name}-{zone}",
                vswitch_name=f"{args.name}-{zone}",
                vpc_id=network.id,
                cidr_block=str(prefix),
                zone_id=zone,
                tags=args.tags(),
                opts=opts,
            ).id
            for zone, prefix in args.zone_prefixes.items()
        ]
        return Network(network.id, tuple(switches))

    def cluster(
        self, args: RegionArgs, network: Network, key: pulumi.Output[str], opts: pulumi.ResourceOptions
    ) -> Cluster:
        made = self.sdk.cs.ManagedKubernetes(
            args.name,
            name=args.name,
            cluster_spec="ack.pro.small",
            version=args.version or None,
            vswitch_ids=list(network.subnets),
            pod_cidr=str(args.pods),
            service_cidr=str(args.services),
            encryption_provider_key=key,
            slb_internet_enabled=False,
            new_nat_gateway=True,
            deletion_protection=True,
            tags=args.tags(),
            opts=opts,
        )
        access = self.sdk.cs.get_cluster_credential_output(
            cluster_id=made.id, temporary_duration_minutes=60, opts=pulumi.InvokeOptions(parent=opts.parent)
        )
        endpoint = made.connections.apply(lambda found: found[0].api_server_intranet)
        return Cluster(made.id, endpoint, access.kube_config)

    def node_pool(
        self,
        args: RegionArgs,
        network: Network,
        cluster: Cluster,
        key: pulumi.Output[str],
        opts: pulumi.ResourceOptions,
    ) -> Nodes:
        made = self.sdk.cs.NodePool(
            args.name,
            node_pool_name=args.name,
            cluster_id=cluster.id,
            vswitch_ids=list(network.subnets),
            instance_types=[args.pool.machine],
            multi_az_policy="BALANCE",
            scaling_config=self.sdk.cs.NodePoolScalingConfigArgs(
                enable=True, min_size=max(args.pool.minimum, args.pool.size), max_size=args.pool.maximum
            ),
            system_disk_category="cloud_essd",
            system_disk_encrypted=True,
            system_disk_kms_key=key,
            labels=[self.sdk.cs.NodePoolLabelArgs(key=name, value=value) for name, value in args.node_labels.items()],
            tags=args.tags(),
            opts=opts,
        )
        return Nodes(made, pulumi.Output.from_input([]), pulumi.Output.from_input([]))

    def bucket(
        self, args: RegionArgs, bucket: BucketArgs, key: pulumi.Output[str], opts: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        made = self.sdk.oss.Bucket(
            bucket.name,
            bucket=bucket.name,
            redundancy_type="ZRS",
            server_side_encryption_rule=self.sdk.oss.BucketServerSideEncryptionRuleArgs(
                sse_algorithm="KMS", kms_master_key_id=key
            ),
            tags=args.tags(bucket.data_class),
            opts=opts,
        )
        return made.id

    def database(
        self,
        args: RegionArgs,
        database: DatabaseArgs,
        network: Network,
        key: pulumi.Output[str],
        opts: pulumi.ResourceOptions,
    ) -> pulumi.Output[str]:
        made = self.sdk.rds.Instance(
            args.name,
            instance_name=args.name,
            engine={"postgresql": "PostgreSQL"}[database.engine],
            engine_version=f"{database.version.partition('.')[0]}.0",
            instance_type=database.size,
            instance_storage=database.storage_gib,
            db_instance_storage_type="cloud_essd",
            category="HighAvailability",
            zone_id=args.zones[0],
            zone_id_slave_a=args.zones[1],
            vswitch_id=pulumi.Output.all(*network.subnets[:2]).apply(",".join),
            security_ips=[str(args.prefix)],
            encryption_key=key,
            deletion_protection=True,
            tags=args.tags(database.data_class),
            opts=opts,
        )
        return made.connection_string

    def gateway(self, args: RegionArgs, network: Network, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
        """IPsec to every hub: the provider ends tunnels of its own, not WireGuard's; keys are drawn by the provider."""
        made = self.sdk.vpn.Gateway(
            args.name,
            vpn_gateway_name=args.name,
            vpc_id=network.id,
            vswitch_id=network.subnets[0],
            disaster_recovery_vswitch_id=network.subnets[1],
            bandwidth=100,
            enable_ipsec=True,
            payment_type="PayAsYouGo",
            tags=args.tags(),
            opts=opts,
        )
        for hub, address in args.hubs.items():
            peer = self.sdk.vpn.CustomerGateway(
                hub, customer_gateway_name=hub, ip_address=address, tags=args.tags(), opts=opts
            )
            tunnels = [
                self.sdk.vpn.ConnectionTunnelOptionsSpecificationArgs(customer_gateway_id=peer.id, role=role)
                for role in ("master", "slave")
            ]
            self.sdk.vpn.Connection(
                hub,
                vpn_connection_name=hub,
                vpn_gateway_id=made.id,
                local_subnets=[str(args.prefix)],
                remote_subnets=[str(prefix) for prefix in args.behind],
                tunnel_options_specifications=tunnels,
                tags=args.tags(),
                opts=pulumi.ResourceOptions.merge(
                    opts, pulumi.ResourceOptions(additional_secret_outputs=["tunnelOptionsSpecifications"])
                ),
            )
        return made.internet_ip

    def budget(self, args: RegionArgs, budget: BudgetArgs, opts: pulumi.ResourceOptions) -> str:  # noqa: ARG002
        return (
            f"{budget.monthly} {budget.currency} a month: set it in the console, the provider's package has no budgets"
        )
