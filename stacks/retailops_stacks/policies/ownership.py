"""Whose it is, who pays, what it may hold, which store."""

from __future__ import annotations

from collections.abc import Iterator

from retailops_stacks.labels import REQUIRED
from retailops_stacks.policies.registered import Policy, Registered

STORE = "retailops/store"
LAB = ("Network", "Cluster", "NodePool", "Bucket", "Database", "Gateway", "Key", "Budget")
TAGGED = frozenset(
    {
        *(f"lab:index:{kind}" for kind in LAB),
        "alicloud:vpc/network:Network",
        "alicloud:vpc/switch:Switch",
        "alicloud:cs/managedKubernetes:ManagedKubernetes",
        "alicloud:cs/nodePool:NodePool",
        "alicloud:oss/bucket:Bucket",
        "alicloud:rds/instance:Instance",
        "alicloud:kms/key:Key",
        "alicloud:ecs/ecsDisk:EcsDisk",
        "alicloud:ecs/securityGroup:SecurityGroup",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:eks/cluster:Cluster",
        "aws:eks/nodeGroup:NodeGroup",
        "aws:s3/bucket:Bucket",
        "aws:s3/bucketV2:BucketV2",
        "aws:rds/instance:Instance",
        "aws:kms/key:Key",
        "aws:ebs/volume:Volume",
    }
)
"""Cloud resources that take tags."""


def _labelled(item: Registered) -> Iterator[str]:
    if item.object_kind:
        word, needed = "labels", list(REQUIRED)
    elif item.kind in TAGGED:
        # A region serves all stores; only what is one store's own names it.
        word, needed = "tags", [key for key in REQUIRED if key != STORE]
    else:
        return
    if missing := [key for key in needed if not item.labels.get(key)]:
        yield f"lacks the {word} {', '.join(missing)}"


LABELS = Policy("labels", "nobody looks after what has no owner", "mandatory", _labelled)
