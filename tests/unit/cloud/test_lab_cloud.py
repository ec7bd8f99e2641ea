"""The package `lab` on the built-in engine, over machines in memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_cloud import FakeCloud

from retailops.drivers.pulumi import BuiltinStacks
from retailops.engine.host_pool import HostPool
from retailops.errors import RetailopsError
from retailops.ports import StackRequest, StackResult

POOL = HostPool()
PROGRAM = """
import pulumi

class Lab(pulumi.CustomResource):
    def __init__(self, kind, outputs, **inputs):
        super().__init__(f"lab:index:{kind}", inputs["name"], {**inputs, **dict.fromkeys(outputs)})

config = pulumi.Config()
network = Lab("Network", ["standsIn"], name="market", prefix="10.0.16.0/24", zones=["a", "b"])
cluster = Lab("Cluster", ["kubeconfig", "endpoint"], name="hall", network=network.id, version=config.require("version"))
pool = Lab("NodePool", ["nodes", "addresses"], name="stall", cluster=cluster.id, size=config.require_int("nodes"))
pulumi.export("nodes", pool.nodes)
pulumi.export("endpoint", cluster.endpoint)
pulumi.export("network", network.standsIn)
pulumi.export("kubeconfig", cluster.kubeconfig)
"""
POOLED = "{'retailops.io/pool': 'stall'}"


class Desk:
    """One stack of that program."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cloud = folder, FakeCloud()
        (folder / "Pulumi.yaml").write_text("name: market\nruntime: python\n")
        (folder / "__main__.py").write_text(PROGRAM.replace("network.standsIn", 'getattr(network, "standsIn")'))
        (folder / "passphrase").write_text("correct horse\n")

    @property
    def stacks(self) -> BuiltinStacks:
        return BuiltinStacks("0.0.1", POOL, self.cloud.ports)

    def request(self, nodes: int, version: str) -> StackRequest:
        config = {"market:nodes": str(nodes), "market:version": version}
        return StackRequest(self.folder, "dev", config, str(self.folder / "state"), self.folder / "passphrase")

    def up(self, nodes: int, version: str = "1") -> StackResult:
        self.cloud.log.clear()
        return self.stacks.up(self.request(nodes, version), print)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    from retailops.engine.state import crypto

    monkeypatch.setattr(crypto, "ROUNDS", 10)
    return Desk(tmp_path)


def ops(result: StackResult) -> list[str]:
    return [f"{step.op} {step.urn.rsplit('::', 1)[-1]}" for step in result.steps if step.op != "same"]


def test_machines_are_made_and_join_and_a_second_run_changes_nothing(desk: Desk) -> None:
    made = desk.up(2)
    assert made.outputs["nodes"] == ["stall-1", "stall-2"]
    assert made.outputs["endpoint"] == "https://10.0.16.21:6443"
    assert desk.cloud.log == [
        "make hall",
        "serve hall",
        "make stall-1",
        f"join stall-1 {POOLED}",
        "make stall-2",
        f"join stall-2 {POOLED}",
    ]
    assert desk.up(2).changes == 0
    assert desk.cloud.log == []


def test_the_admin_kubeconfig_is_a_secret_everywhere(desk: Desk) -> None:
    assert "kubeconfig-of-the-admin" not in str(desk.up(0).outputs)
    written = [path.read_text() for path in (desk.folder / "state").rglob("*.json")]
    assert written
    assert not any("kubeconfig-of-the-admin" in text for text in written)


def test_a_pool_grows_and_shrinks_in_place_and_drains_before_it_takes_away(desk: Desk) -> None:
    desk.up(1)
    assert ops(desk.up(3)) == ["update stall"]
    result = desk.up(1)
    assert result.outputs["nodes"] == ["stall-1"]
    assert desk.cloud.log == ["leave stall-3", "remove stall-3", "leave stall-2", "remove stall-2"]


def test_another_version_replaces_the_cluster(desk: Desk) -> None:
    desk.up(0)
    assert "replace hall" in ops(desk.up(0, "2"))


@pytest.mark.parametrize("where", ["make stall-2", f"join stall-2 {POOLED}", "serve hall", "make hall"])
def test_a_create_that_dies_is_finished_by_the_next_call_and_nothing_is_made_twice(desk: Desk, where: str) -> None:
    desk.cloud.fail_at = where
    with pytest.raises(RetailopsError, match="died at"):
        desk.up(2)
    assert desk.up(2).outputs["nodes"] == ["stall-1", "stall-2"]
    assert sorted(desk.cloud.there) == ["hall", "stall-1", "stall-2"]
    assert desk.cloud.log.count("make stall-1") <= 1


@pytest.mark.parametrize("where", ["leave stall-2", "remove stall-2"])
def test_a_scale_in_that_dies_goes_on(desk: Desk, where: str) -> None:
    desk.up(2)
    desk.cloud.fail_at = where
    with pytest.raises(RetailopsError, match="died at"):
        desk.up(1)
    desk.up(1)
    assert sorted(desk.cloud.there) == ["hall", "stall-1"]


def test_destroy_leaves_nothing(desk: Desk) -> None:
    desk.up(2)
    desk.stacks.destroy(desk.request(2, "1"), print)
    assert (desk.cloud.there, desk.cloud.records) == ({}, {})


def test_a_node_that_vanished_is_seen_by_refresh_and_made_again(desk: Desk) -> None:
    desk.up(2)
    del desk.cloud.there["stall-2"], desk.cloud.members["stall-2"]
    desk.stacks.refresh(desk.request(2, "1"), print)
    assert ops(desk.up(2)) == ["update stall"]
    assert "stall-2" in desk.cloud.there


def test_a_size_that_can_not_be_is_refused_before_anything_is_made(desk: Desk) -> None:
    with pytest.raises(RetailopsError, match=r"size 21.* is no whole number from 0 to 20"):
        desk.up(21)
    assert desk.cloud.log == []
