"""Amazon Web Services by its official Pulumi package (pulumi-aws)."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any, ClassVar

import pulumi

from retailops_stacks.clouds.region import BucketArgs, BudgetArgs, Cluster, DatabaseArgs, Network, Nodes, RegionArgs

_NODES = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly")
_HUB_ASN = 65_000


class Aws:
    """Implements `Backend`; the package is imported when it is named. The account's region is `aws:region` of the stack."""

    internal: ClassVar = {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"}

    def __init__(self) -> None:
        self.sdk: Any = import_module("pulumi_aws")

    def key(self, args: RegionArgs, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
        made = self.sdk.kms.Key(
            args.name,
            description=f"retailops {args.name}",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            tags=args.tags(),
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=True)),
        )
        return made.arn

    def network(self, args: RegionArgs, opts: pulumi.ResourceOptions) -> Network:
        network = self.sdk.ec2.Vpc(
            args.name,
            cidr_block=str(args.prefix),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={**args.tags(), "Name": args.name},
            opts=opts,
        )
        subnets = [
            self.sdk.ec2.Subnet(
                f"{args.name}-{zone}",
                vpc_id=network.id,
                cidr_block=str(prefix),
                availability_zone=zone,
                map_public_ip_on_launch=False,
                tags={**args.tags(), "Name": f"{args.name}-{zone}"},
                opts=opts,
            ).id
            for zone, prefix in args.zone_prefixes.items()
        ]
        return Network(network.id, tuple(subnets))

    def cluster(
        self, args: RegionArgs, network: Network, key: pulumi.Output[str], opts: pulumi.ResourceOptions
    ) -> Cluster:
        eks = self.sdk.eks
        role = self._role(args, "eks", ("AmazonEKSClusterPolicy",), opts)
        made = eks.Cluster(
            args.name,
            name=args.name,
            version=args.version or None,
            role_arn=role,
            vpc_config=eks.ClusterVpcConfigArgs(
                subnet_ids=list(network.subnets), endpoint_private_access=True, endpoint_public_access=False
            ),
            kubernetes_network_config=eks.ClusterKubernetesNetworkConfigArgs(service_ipv4_cidr=str(args.services)),
            encryption_config=eks.ClusterEncryptionConfigArgs(
                provider=eks.ClusterEncryptionConfigProviderArgs(key_arn=key), resources=["secrets"]
            ),
            deletion_protection=True,
            tags=args.tags(),
            opts=opts,
        )
        authority = made.certificate_authority.apply(lambda found: found.data)
        text = pulumi.Output.all(made.name, made.endpoint, authority).apply(lambda parts: _kubeconfig(*parts))
        return Cluster(made.name, made.endpoint, text)

    def node_pool(
        self,
        args: RegionArgs,
        network: Network,
        cluster: Cluster,
        key: pulumi.Output[str],
        opts: pulumi.ResourceOptions,
    ) -> Nodes:
        disk = self.sdk.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
            encrypted="true", kms_key_id=key, volume_size=50, volume_type="gp3"
        )
        template = self.sdk.ec2.LaunchTemplate(
            args.name,
            name=args.name,
            block_device_mappings=[
                self.sdk.ec2.LaunchTemplateBlockDeviceMappingArgs(device_name="/dev/xvda", ebs=disk)
            ],
            metadata_options=self.sdk.ec2.LaunchTemplateMetadataOptionsArgs(http_tokens="required"),
            tags=args.tags(),
            opts=opts,
        )
        made = self.sdk.eks.NodeGroup(
            args.name,
            cluster_name=cluster.id,
            node_group_name=args.name,
            node_role_arn=self._role(args, "ec2", _NODES, opts),
            subnet_ids=list(network.subnets),
            instance_types=[args.pool.machine],
            launch_template=self.sdk.eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            scaling_config=self.sdk.eks.NodeGroupScalingConfigArgs(
                min_size=args.pool.minimum, desired_size=args.pool.size, max_size=args.pool.maximum
            ),
            labels=args.node_labels,
            tags=args.tags(),
            opts=opts,
        )
        return Nodes(made, pulumi.Output.from_input([]), pulumi.Output.from_input([]))

    def bucket(
        self, args: RegionArgs, bucket: BucketArgs, key: pulumi.Output[str], opts: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        s3 = self.sdk.s3
        made = s3.Bucket(bucket.name, bucket=bucket.name, tags=args.tags(bucket.data_class), opts=opts)
        default = s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="aws:kms", kms_master_key_id=key
        )
        s3.BucketServerSideEncryptionConfiguration(
            bucket.name,
            bucket=made.id,
            rules=[s3.BucketServerSideEncryptionConfigurationRuleArgs(apply_server_side_encryption_by_default=default)],
            opts=opts,
        )
        s3.BucketPublicAccessBlock(
            bucket.name,
            bucket=made.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
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
        group = self.sdk.rds.SubnetGroup(args.name, subnet_ids=list(network.subnets), tags=args.tags(), opts=opts)
        made = self.sdk.rds.Instance(
            args.name,
            identifier=args.name,
            engine={"postgresql": "postgres"}[database.engine],
            engine_version=database.version,
            instance_class=database.size,
            allocated_storage=database.storage_gib,
            db_subnet_group_name=group.name,
            multi_az=True,
            publicly_accessible=False,
            storage_encrypted=True,
            kms_key_id=key,
            username="retailops",
            manage_master_user_password=True,
            master_user_secret_kms_key_id=key,
            deletion_protection=True,
            final_snapshot_identifier=f"{args.name}-final",
            backup_retention_period=14,
            tags=args.tags(database.data_class),
            opts=opts,
        )
        return made.endpoint

    def gateway(self, args: RegionArgs, network: Network, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
        """IPsec to every hub: the provider ends tunnels of its own, not WireGuard's; keys are drawn by the provider."""
        ec2 = self.sdk.ec2
        made = ec2.VpnGateway(args.name, vpc_id=network.id, tags=args.tags(), opts=opts)
        for hub, address in args.hubs.items():
            peer = ec2.CustomerGateway(
                hub, type="ipsec.1", ip_address=address, bgp_asn=str(_HUB_ASN), tags=args.tags(), opts=opts
            )
            ec2.VpnConnection(
                hub, type="ipsec.1", vpn_gateway_id=made.id, customer_gateway_id=peer.id, tags=args.tags(), opts=opts
            )
        return made.id

    def budget(self, args: RegionArgs, budget: BudgetArgs, opts: pulumi.ResourceOptions) -> str:
        alarm = self.sdk.budgets.BudgetNotificationArgs(
            comparison_operator="GREATER_THAN",
            notification_type="FORECASTED",
            threshold=100,
            threshold_type="PERCENTAGE",
            subscriber_email_addresses=[budget.contact],
        )
        self.sdk.budgets.Budget(
            args.name,
            name=args.name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(budget.monthly),
            limit_unit=budget.currency,
            notifications=[alarm] if budget.contact else [],
            tags=args.tags(),
            opts=opts,
        )
        return "watched by the provider"

    def _role(
        self, args: RegionArgs, service: str, policies: tuple[str, ...], opts: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": f"{service}.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        role = self.sdk.iam.Role(
            f"{args.name}-{service}", assume_role_policy=json.dumps(trust), tags=args.tags(), opts=opts
        )
        for policy in policies:
            self.sdk.iam.RolePolicyAttachment(
                f"{args.name}-{policy}", role=role.name, policy_arn=f"arn:aws:iam::aws:policy/{policy}", opts=opts
            )
        return role.arn


def _kubeconfig(name: str, endpoint: str, authority: str) -> str:
    """Signs in with the AWS CLI of whoever uses it; holds no key."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "clusters": [{"name": name, "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
        "users": [
            {
                "name": name,
                "user": {
                    "exec": {
                        "apiVersion": "client.authentication.k8s.io/v1beta1",
                        "command": "aws",
                        "args": ["eks", "get-token", "--cluster-name", name],
                    }
                },
            }
        ],
    }
    return json.dumps(document, indent=1)
