"""The fleet's own public stack on the lab's provider, over machines and a Kubernetes API in memory; on real hosts in tests/lab."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from fake_apiserver import Cluster
from stack_desk import Desk

from retailops.cloud.stack import cloud_of, request
from retailops.drivers.pulumi import BuiltinStacks
from retailops.engine.host_pool import HostPool
from retailops.errors import ToolError
from retailops.model import load_chain
from retailops.model.sample.write import write_sample
from retailops.ports import Secrets, StackRequest, StackResult

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "cloud"))

from fake_cloud import FakeCloud

POOL = HostPool()
FRONT = f"retailops.local/till@sha256:{'7' * 64}"


class Region:
    """The stack, and the world that it acts on."""

    def __init__(self, desk: Desk) -> None:
        self.cloud = FakeCloud(kubeconfig=desk.kubeconfig.read_text())
        self.root = desk.folder / "fleet"
        write_sample(self.root, 0)
        self.lab = replace(self.cloud.ports, front=FRONT)
        self.stacks = BuiltinStacks("0.0.1", POOL, self.lab)
        self.passphrase = desk.folder / "passphrase"

    def asked(self, **scale: int) -> StackRequest:
        chain = load_chain(self.root)
        public = cloud_of(chain, "public")
        assert public
        made = request(self.root, chain, public, cast(Secrets, None), self.passphrase, None, self.lab)
        return replace(made, config={**made.config, **{f"public:{key}": str(value) for key, value in scale.items()}})

    def up(self, **scale: int) -> StackResult:
        self.cloud.log.clear()
        return self.stacks.up(self.asked(**scale), print)


@pytest.fixture
def region(desk: Desk) -> Region:
    return Region(desk)


def replicas(cluster: Cluster) -> Any:
    return cluster.objects["/apis/apps/v1/namespaces/front/deployments/front"]["spec"]["replicas"]


def test_preview_up_scale_and_destroy(region: Region, cluster: Cluster) -> None:
    assert region.stacks.preview(region.asked(), print).changes > 20
    assert (region.cloud.log, cluster.objects) == ([], {})
    made = region.up()
    assert made.outputs["nodes"] == ["public-1", "public-2"]
    assert made.outputs["endpoints"] == [f"http://10.0.16.{n}:30080/healthz" for n in (22, 23)]
    assert replicas(cluster) == 4
    assert region.stacks.preview(region.asked(), print).changes == 0

    more = region.up(size=3, replicas=6)
    assert sorted(step.urn.rsplit("::", 1)[-1] for step in more.steps if step.op == "update") == ["front", "public"]
    assert (len(more.outputs["endpoints"]), replicas(cluster)) == (3, 6)  # type: ignore[arg-type]
    region.up()
    assert region.cloud.log == ["leave public-3", "remove public-3"]

    region.stacks.destroy(region.asked(), print)
    assert (region.cloud.there, region.cloud.records) == ({}, {})
    assert [path for path in cluster.objects if "front" in path] == []


def test_an_up_that_dies_while_a_node_joins_is_finished_by_the_next(region: Region, cluster: Cluster) -> None:
    region.up()
    region.cloud.fail_at = "make public-3"
    with pytest.raises(ToolError, match="died at make public-3"):
        region.up(size=3, replicas=6)
    assert replicas(cluster) == 4, "pods wait for their node"
    again = region.up(size=3, replicas=6)
    assert again.outputs["nodes"] == ["public-1", "public-2", "public-3"]
    assert replicas(cluster) == 6
    assert region.stacks.preview(region.asked(size=3, replicas=6), print).changes == 0
