"""The public program over each provider, by Pulumi's mocks: what it makes, tagged, encrypted, over two zones, with a budget."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pulumi
import pytest
from mocked import getter, run

from retailops import assets
from retailops.addressing import STORE_RANGES
from retailops.model import load_chain
from retailops.model.chain import FleetFile
from retailops.model.clouds import Cloud
from retailops.model.sample.write import write_sample
from retailops.render.stack_config_public import public_config
from retailops_stacks.clouds.public import BACKENDS, public_region
from retailops_stacks.labels import REQUIRED
from retailops_stacks.policies import Registered, violations


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> FleetFile:
    root = tmp_path_factory.mktemp("public") / "fleet"
    write_sample(root, 0)
    return load_chain(root)


def cloud(chain: FleetFile, provider: str) -> Cloud:
    found = next(item for item in chain.clouds if item.kind == "public")
    return found.model_copy(update={"provider": provider})


def made(chain: FleetFile, provider: str, /, **changes: str) -> tuple[list[Registered], dict[str, Any]]:
    config = public_config(chain, cloud(chain, provider))
    config |= {f"public:{key}": value for key, value in changes.items()}
    return run(lambda: public_region(getter(config, "public")).outputs, lambda item: STATE.get(item.kind, {}), ANSWERS)


STATE: dict[str, dict[str, Any]] = {
    "lab:index:Cluster": {"kubeconfig": "a kubeconfig", "endpoint": "https://10.16.0.1:6443"},
    "lab:index:NodePool": {"nodes": ["pool-1", "pool-2"], "addresses": ["10.16.0.11", "10.16.0.12"]},
    "alicloud:cs/managedKubernetes:ManagedKubernetes": {
        "connections": [{"apiServerIntranet": "https://10.16.0.1:6443"}]
    },
    "aws:eks/cluster:Cluster": {"endpoint": "https://10.16.0.1:6443", "certificateAuthority": {"data": "Y2E="}},
    "aws:kms/key:Key": {"arn": "arn:aws:kms:cn-hangzhou:1:key/public"},
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
}
ANSWERS = {"alicloud:cs/getClusterCredential:getClusterCredential": {"kubeConfig": "a kubeconfig"}}

KINDS: dict[str, dict[str, int]] = {
    "lab": {"Key": 1, "Network": 1, "Cluster": 1, "NodePool": 1, "Bucket": 2, "Database": 1, "Gateway": 1, "Budget": 1},
    "alibaba": {
        "Key": 1,
        "Network": 1,
        "Switch": 2,
        "ManagedKubernetes": 1,
        "NodePool": 1,
        "Bucket": 2,
        "Instance": 1,
        "Gateway": 1,
        "CustomerGateway": 8,
        "Connection": 8,
    },
    "aws": {
        "Key": 1,
        "Vpc": 1,
        "Subnet": 2,
        "Role": 2,
        "RolePolicyAttachment": 4,
        "Cluster": 1,
        "LaunchTemplate": 1,
        "NodeGroup": 1,
        "Bucket": 2,
        "BucketServerSideEncryptionConfiguration": 2,
        "BucketPublicAccessBlock": 2,
        "SubnetGroup": 1,
        "Instance": 1,
        "VpnGateway": 1,
        "CustomerGateway": 8,
        "VpnConnection": 8,
        "Budget": 1,
    },
}


@pytest.mark.parametrize("provider", KINDS)
def test_what_is_made(chain: FleetFile, provider: str) -> None:
    resources, _ = made(chain, provider)
    assert Counter(item.kind.rpartition(":")[2] for item in resources) == KINDS[provider]


@pytest.mark.parametrize("provider", BACKENDS)
def test_no_policy_objects(chain: FleetFile, provider: str) -> None:
    resources, _ = made(chain, provider)
    assert violations(resources) == []


UNTAGGED = {"RolePolicyAttachment", "BucketServerSideEncryptionConfiguration", "BucketPublicAccessBlock"}
"""Of AWS: parts of something else that take no tags."""


@pytest.mark.parametrize("provider", BACKENDS)
def test_everything_is_tagged(chain: FleetFile, provider: str) -> None:
    for item in made(chain, provider)[0]:
        if item.kind.rpartition(":")[2] not in UNTAGGED:
            assert set(REQUIRED) <= set(item.inputs["tags"]), item.kind


def test_the_lab_s_inputs_are_those_that_were_agreed(chain: FleetFile) -> None:
    resources, outputs = made(chain, "lab")
    by = {item.kind.rpartition(":")[2]: item.inputs for item in resources}
    assert by["Network"]["zones"] == ["cn-hangzhou-h", "cn-hangzhou-i"]
    assert by["Network"]["prefix"] == "10.16.0.0/16"
    assert by["Cluster"]["network"] == "public-id"
    assert {key: by["NodePool"][key] for key in ("name", "cluster", "size", "minimum", "maximum", "machine")} == {
        "name": "public",
        "cluster": "public-id",
        "size": 2,
        "minimum": 2,
        "maximum": 20,
        "machine": "ecs.g7.xlarge",
    }
    assert len(by["Gateway"]["hubs"]) == 8
    assert (by["Budget"]["monthly"], by["Budget"]["currency"]) == (80000, "CNY")
    assert outputs["nodes"] == ["pool-1", "pool-2"]
    assert outputs["endpoint"] == "https://10.16.0.1:6443"
    assert outputs["buckets"] == {
        "lanxing-public-product-images": "lanxing-public-product-images-id",
        "lanxing-public-sales-reports": "lanxing-public-sales-reports-id",
    }


@pytest.mark.parametrize(
    ("provider", "kind"), [("lab", "NodePool"), ("aws", "NodeGroup"), ("alibaba", "NodePool")], ids=str
)
def test_nodes_have_no_label_that_a_kubelet_refuses(chain: FleetFile, provider: str, kind: str) -> None:
    resources, _ = made(chain, provider)
    labels = next(item.inputs["labels"] for item in resources if item.kind.endswith(f":{kind}"))
    names = [each["key"] for each in labels] if isinstance(labels, list) else list(labels)
    assert "retailops/owner" in names
    assert [name for name in names if "kubernetes.io/" in name] == []


FRONT = json.dumps(
    {"data_class": "sales", "image": f"registry.example/front@sha256:{'7' * 64}", "args": [], "replicas": 4}
    | {"cpu_millis": 200, "memory_mib": 64}
)


@pytest.mark.parametrize("provider", BACKENDS)
def test_a_front_with_an_image_serves_as_many_replicas_as_are_asked_for(chain: FleetFile, provider: str) -> None:
    resources, outputs = made(chain, provider, front=FRONT, replicas="9")
    assert violations(resources) == []
    by = {item.kind.rpartition(":")[2]: item.inputs for item in resources}
    assert by["Deployment"]["spec"]["replicas"] == 9
    assert by["ResourceQuota"]["spec"]["hard"]["pods"] == "200"
    assert by["Service"]["spec"]["loadBalancerSourceRanges"] == [
        "10.16.0.0/16",
        "10.0.16.0/24",
        *map(str, STORE_RANGES),
    ]
    told = [f"http://10.16.0.{n}:30080/healthz" for n in (11, 12)]
    assert outputs["endpoints"] == (told if provider == "lab" else [])


def test_a_front_without_an_image_waits_for_one(chain: FleetFile) -> None:
    resources, outputs = made(chain, "lab")
    assert {item.object_kind for item in resources} & {"Deployment", "Service", "Namespace"} == set()
    assert outputs["endpoints"] == []


def test_sizes_are_the_configuration_s(chain: FleetFile) -> None:
    resources, _ = made(chain, "lab", size="7")
    assert next(item for item in resources if item.kind == "lab:index:NodePool").inputs["size"] == 7


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"provider": "moon"}, "public:provider is 'moon'; there are alibaba, aws, lab"),
        ({"size": "many"}, "public:size is 'many', not a whole number"),
        ({"prefix": "10.16.0.0/40"}, "public:prefix is no range: "),
        ({"zones": '["one"]'}, "public:zones names less than two zones"),
        ({"zones": "one"}, "public:zones is no JSON list"),
        ({"machine": ""}, "public:machine is missing"),
        ({"budget": '{"monthly": 1, "odd": 2}'}, "public:budget has an odd entry: "),
    ],
)
def test_odd_configuration_is_one_line(chain: FleetFile, changes: dict[str, str], words: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        made(chain, "lab", **changes)
    assert words in str(caught.value)


def test_a_missing_package_is_named(chain: FleetFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "moon", ("retailops_stacks.clouds.not_there_yet", "Aws"))
    with pytest.raises(pulumi.RunError, match=r"needs the package .* pip install 'retailops\[clouds\]'"):
        made(chain, "moon")


def test_the_program_is_short() -> None:
    for name in ("edge", "private", "public"):
        program = Path(assets.path("stacks", name)) / "__main__.py"
        assert len(program.read_text().splitlines()) <= 15


ENCRYPTED = {
    "alicloud:cs/nodePool:NodePool": ("systemDiskEncrypted", "systemDiskKmsKey"),
    "alicloud:cs/managedKubernetes:ManagedKubernetes": ("encryptionProviderKey",),
    "alicloud:oss/bucket:Bucket": ("serverSideEncryptionRule",),
    "alicloud:rds/instance:Instance": ("encryptionKey", "deletionProtection"),
    "aws:rds/instance:Instance": ("storageEncrypted", "kmsKeyId", "multiAz", "deletionProtection"),
    "aws:eks/cluster:Cluster": ("encryptionConfig",),
    "lab:index:Bucket": ("encrypted", "key"),
    "lab:index:Database": ("encrypted", "key"),
}


@pytest.mark.parametrize("provider", BACKENDS)
def test_what_is_stored_is_encrypted_with_our_key(chain: FleetFile, provider: str) -> None:
    resources, _ = made(chain, provider)
    seen = {item.kind for item in resources if all(item.inputs.get(key) for key in ENCRYPTED.get(item.kind, ("no",)))}
    prefix = {"alibaba": "alicloud"}.get(provider, provider)
    assert seen == {kind for kind in ENCRYPTED if kind.startswith(f"{prefix}:")}


@pytest.mark.parametrize("provider", BACKENDS)
def test_the_api_server_is_not_public_and_its_kubeconfig_is_told(chain: FleetFile, provider: str) -> None:
    resources, outputs = made(chain, provider)
    assert outputs["endpoint"] == "https://10.16.0.1:6443"
    assert outputs["kubeconfig"]
    by = {item.kind: item.inputs for item in resources}
    if provider == "aws":
        assert by["aws:eks/cluster:Cluster"]["vpcConfig"]["endpointPublicAccess"] is False
    if provider == "alibaba":
        assert by["alicloud:cs/managedKubernetes:ManagedKubernetes"]["slbInternetEnabled"] is False


def test_a_provider_without_budgets_says_who_watches(chain: FleetFile) -> None:
    assert made(chain, "alibaba")[1]["budget"].startswith("80000 CNY a month: set it in the console")
