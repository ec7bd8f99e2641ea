"""What keeps data on a disk says by which key it is encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from retailops_stacks.policies.registered import Policy, Registered

FIELDS = {
    **{f"lab:index:{kind}": "encrypted" for kind in ("Cluster", "NodePool", "Bucket", "Database")},
    "alicloud:oss/bucket:Bucket": "serverSideEncryptionRule",
    "alicloud:rds/instance:Instance": "encryptionKey",
    "alicloud:ecs/ecsDisk:EcsDisk": "encrypted",
    "alicloud:cs/managedKubernetes:ManagedKubernetes": "encryptionProviderKey",
    "alicloud:cs/nodePool:NodePool": "systemDiskEncrypted",
    "aws:rds/instance:Instance": "storageEncrypted",
    "aws:ebs/volume:Volume": "encrypted",
    "aws:eks/cluster:Cluster": "encryptionConfig",
}
"""S3 encrypts by itself; a Kubernetes cluster's field is for the Secrets in its etcd. The lab is only asked."""


def _encrypted(item: Registered) -> Iterator[str]:
    field = FIELDS.get(item.kind)
    if field and not item.inputs.get(field):
        yield f"is not encrypted; set {field}"


ENCRYPTION = Policy("encryption", "a disk that leaves the building says nothing", "mandatory", _encrypted)
