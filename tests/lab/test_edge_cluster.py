"""The cluster on a real host: by the role, twice; its proofs; and the till that answers through every restart of the unit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from edge_bench import MANIFEST, SERVER, TRIAL, Cluster, seen
from lab_bench import STORE, Bench, until

from retailops import assets, lab
from retailops.drivers.ansible import AnsibleConfigurator
from retailops.edge.artifacts import read_artifacts
from retailops.edge.node import node_of
from retailops.model import load_design
from retailops.ports import Play, PlayResult

pytestmark = pytest.mark.lab


def converge(bench: Bench, *, check: bool = False) -> PlayResult:
    node = node_of(load_design(bench.fleet, STORE), bench.lab.sites.site(STORE), read_artifacts(lab.artifacts()))
    configurator = AnsibleConfigurator(within=bench.lab.command("controller", []))
    play = Play("edge", {"servers": (node.host,)}, {SERVER: node.files}, {SERVER: node.variables}, check)
    return configurator.play(play, print)


@pytest.fixture(scope="module")
def cluster(bench: Bench) -> Iterator[Cluster]:
    if not (lab.artifacts() / "build.json").is_file():
        pytest.skip("NOT RUN: the cluster binary is not built: retailops lab build")
    address = str(load_design(bench.fleet, STORE).box("edge1").address)
    bench.run(SERVER, "ip", "address", "replace", f"{address}/24", "dev", "lan0")
    assert converge(bench).changed[SERVER]
    made = Cluster(bench, address)
    yield made
    made.on_node("rm", "-f", MANIFEST)
    made.kubectl("delete", "deployment", "trial", "--ignore-not-found")


@pytest.fixture(scope="module")
def till(cluster: Cluster) -> Cluster:
    """A till that answers."""
    image = json.loads((lab.artifacts() / "build.json").read_text())["images"]["till"]["reference"]
    cluster.put(MANIFEST, TRIAL.format(image=image))
    assert until(lambda: seen(cluster.watch(0.1))["failed"] == 0, 60)
    return cluster


def test_a_second_run_changes_nothing_and_a_check_says_so(bench: Bench, cluster: Cluster) -> None:
    assert cluster.kubectl("get", "nodes", "-o", "name").split() == [f"node/{SERVER}"]
    assert converge(bench).changed.get(SERVER, ()) == ()
    assert converge(bench, check=True).changed.get(SERVER, ()) == ()


def test_the_probe_finds_the_cluster_as_pinned(cluster: Cluster) -> None:
    program = Path(assets.__file__).with_name("probes") / "edge_state.py"
    cluster.put("/run/edge_state.py", program.read_text())
    found = json.loads(cluster.on_node("python3", "/run/edge_state.py", "{}"))
    assert found["binary_sha256"] == read_artifacts(lab.artifacts()).digests["k3s"]
    assert [(node["name"], node["ready"]) for node in found["nodes"]] == [(SERVER, True)]
    assert found["secrets"]["encrypted"]
    assert found["backup"]["ok"]
    assert found["least_days"] > 120
    assert found["kubeconfig"] == {"mode": "0600", "owner": 0}


def test_the_till_answers_through_a_restart_of_the_unit(till: Cluster) -> None:
    watch = till.watch(20)
    till.on_node("systemctl", "restart", "k3s")
    assert seen(watch)["failed"] == 0


def test_the_till_answers_when_the_supervisor_is_killed_and_nothing_is_left_running(till: Cluster) -> None:
    watch = till.watch(25)
    till.on_node("sh", "-c", 'kill -9 "$(systemctl show --property=MainPID --value k3s)"')
    assert until(lambda: till.on_node("systemctl", "is-active", "k3s", check=False).strip() == "active", 60)
    assert seen(watch)["failed"] == 0
    servers = till.on_node("pgrep", "--count", "--full", "^/usr/local/bin/k3s kube-apiserver")
    assert servers.strip() == "1"


def test_a_join_token_pins_the_authority_and_ends(cluster: Cluster) -> None:
    token = cluster.on_node("k3s", "token", "create", "--ttl", "10m").strip()
    pin = cluster.on_node("sha256sum", "/var/lib/rancher/k3s/server/tls/server-ca.crt").split()[0]
    assert token.startswith(f"K10{pin}::")
    cluster.on_node("k3s", "token", "delete", token.rpartition("::")[2].partition(".")[0])
    assert "never ends is refused" in cluster.bench.run(
        SERVER, "sh", "-c", "k3s token create --ttl 0 2>&1", check=False
    )


def test_a_key_that_is_not_built_in_stops_the_start_by_name(cluster: Cluster) -> None:
    said = cluster.on_node("sh", "-c", "k3s server --etcd-s3 2>&1; k3s server --secret-encryption 2>&1", check=False)
    assert "etcd-s3: is known to K3s, but not built into this stand-in" in said
    assert "did you mean secrets-encryption?" in said
