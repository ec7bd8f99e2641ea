"""The lab as a cloud: the public-like program applied, nodes that join and serve, a burst with a loader running, nothing left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_bench import STORE, Bench, until

from retailops import lab
from retailops.lab import record, spaces

pytestmark = pytest.mark.lab
KUBECTL = ("k3s", "kubectl")
EVENT = "double-twelve-2026"
FORECAST = "{cloud: public, peak: 1200, perReplica: 150, replicasPerNode: 2, replicas: 2, nodes: 1, machine: medium}"
SMALL = "{cloud: public, peak: 600, perReplica: 150, replicasPerNode: 2, replicas: 2, nodes: 1, machine: medium}"
LOADER = """
import http.client, json, os, sys, time
address, stop = sys.argv[1], sys.argv[2]
asked, failed = 0, []
while not os.path.exists(stop):
    asked += 1
    try:
        link = http.client.HTTPConnection(address, 30080, timeout=2)
        link.request("GET", "/healthz")
        if (status := link.getresponse().status) != 200:
            failed.append(status)
    except OSError as error:
        failed.append(repr(error))
    time.sleep(0.02)
print(json.dumps({"asked": asked, "failed": failed}))
"""


class Shop:
    """A program whose stack the burst scales, on a lab of its own fleet."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench, self.folder = bench, folder
        self.program = Path(shutil.copytree(Path(__file__).with_name("promotion"), folder / "program"))
        image = json.loads((lab.artifacts() / "build.json").read_text())["images"]["till"]["reference"]
        (self.program / "Pulumi.public.yaml").write_text(f"config:\n  promotion:image: {image}\n")
        (folder / "passphrase").write_text("correct horse\n")

    def burst(self, verb: str) -> dict[str, object]:
        words = ["--program", str(self.program), "--passphrase-file", str(self.folder / "passphrase"), "--yes"]
        done = self.bench.cli("cloud", "burst", verb, EVENT, *words, "--output", "json")
        assert done.returncode == 0, done.stderr
        found: dict[str, object] = json.loads(done.stdout)
        return found

    def loader(self, address: str) -> subprocess.Popen[str]:
        argv = self.bench.lab.command("controller", ["python3", "-c", LOADER, address, str(self.folder / "stop")])
        return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def shop(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    if not (lab.artifacts() / "build.json").is_file():
        pytest.skip("NOT RUN: the cluster binary is not built: retailops lab build")
    file = bench.fleet / "fleet.yaml"
    text = file.read_text()
    assert FORECAST in text
    file.write_text(text.replace(FORECAST, SMALL))
    yield Shop(bench, tmp_path_factory.mktemp("shop"))
    file.write_text(text)
    machines = lab.LabMachines(bench.lab.id)
    for member in bench.topology.record.members:
        machines.remove(member.name, print)


def members(bench: Bench) -> list[str]:
    known = record.read(bench.lab.id)
    assert known
    return sorted(each.name for each in known.members)


def test_a_promotion_day_cuts_no_request(shop: Shop) -> None:
    started = shop.burst("start")
    proof = started["proof"]
    assert isinstance(proof, dict)
    assert proof["nodes"] == ["stall-1", "stall-2"]
    assert set(proof["answers"].values()) == {200}
    assert members(shop.bench) == ["market", "stall-1", "stall-2"]
    stays = next(iter(proof["answers"])).split("/")[2].partition(":")[0]
    loader = shop.loader(stays)
    ended = shop.burst("end")["proof"]
    (shop.folder / "stop").touch()
    seen = json.loads(loader.communicate(timeout=30)[0])
    print(f"start {proof['seconds']} s, end {ended['seconds']} s, loader {seen['asked']} requests")  # type: ignore[index]
    assert seen["asked"] > 20
    assert seen["failed"] == []
    assert members(shop.bench) == ["market", "stall-1"]
    assert f"rl-{shop.bench.lab.id}-stall-2" not in spaces.of(shop.bench.topology.root)


def test_a_machine_that_was_removed_leaves_nothing_and_lab_up_leaves_the_others_alone(bench: Bench) -> None:
    machines = lab.LabMachines(bench.lab.id)
    made = machines.make("trial", print)
    assert bench.run("trial", "hostname").strip() == "trial"
    assert bench.run("hq", "ping", "-c1", "-W2", made.address)
    lab.up(bench.lab.id, bench.fleet, (), print)
    assert machines.find("trial") == made
    machines.remove("trial", print)
    machines.remove("trial", print)
    assert machines.find("trial") is None
    assert not (record.folder(bench.lab.id) / "hosts" / "trial").exists()
    assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and _of(pid, bench.lab.id, "host:trial")]  # noqa: PTH208


def _of(pid: str, lab_id: str, part: str) -> bool:
    try:
        words = Path("/proc", pid, "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return f"RETAILOPS_PART={part}".encode() in words and any(lab_id.encode() in word for word in words)


def test_the_centre_has_a_cluster_of_its_own_where_it_is_asked_for(bench: Bench) -> None:
    if not (lab.artifacts() / "build.json").is_file():
        pytest.skip("NOT RUN: the cluster binary is not built: retailops lab build")
    done = bench.cli("lab", "up", STORE, "--id", bench.lab.id, "--centre", "--output", "json")
    assert done.returncode == 0, done.stderr
    kubeconfig = Path(json.loads(done.stdout)["kubeconfig"])
    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    assert "server: https://10.0.16." in kubeconfig.read_text()
    assert "cloud1 " in bench.run("cloud1", "k3s", "kubectl", "get", "nodes")
    assert "cloud1" in bench.cli("lab", "status", "--id", bench.lab.id).stdout


@pytest.fixture(scope="module")
def centre(bench: Bench) -> Iterator[dict[str, Any]]:
    """The private cloud's stack on that cluster; the command's document."""
    if not (lab.artifacts() / "build.json").is_file() or not lab.images():
        pytest.skip("NOT RUN: the cluster binary or the services' images are not built: retailops lab build")
    yield done(bench.cli("lab", "centre", "--output", "json")) and done(
        bench.cli("cloud", "up", "private", "-o", "json")
    )
    lab.LabMachines(bench.lab.id).remove("cloud1", print)


def done(command: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert command.returncode == 0, command.stderr
    found: dict[str, Any] = json.loads(command.stdout)
    return found


def test_the_private_cloud_s_services_run_and_do_what_they_are_for(bench: Bench, centre: dict[str, Any]) -> None:
    assert {service: found["ok"] for service, found in centre["used"].items()} == {"database": True, "events": True}
    assert set(centre["outputs"]["services"]) == set(lab.images())
    assert set(centre["outputs"]["waiting"]) == {"backup"}
    assert done(bench.cli("cloud", "preview", "private", "-o", "json"))["changes"] == 0


def sql(bench: Bench, text: str) -> str:
    psql = ["/bin/sh", "-c", '/usr/lib/postgresql/*/bin/psql -h /tmp -U postgres -qAtc "$1"', "psql", text]
    return bench.run("cloud1", *KUBECTL, "exec", "-n", "database", "database-0", "--", *psql, check=False).strip()


def test_what_the_fleet_database_holds_outlives_its_pod(bench: Bench, centre: dict[str, Any]) -> None:
    del centre
    sql(bench, "create table kept (n int); insert into kept values (7)")
    bench.run("cloud1", *KUBECTL, "delete", "pod", "-n", "database", "database-0", "--grace-period=0", "--force")
    assert until(lambda: sql(bench, "select n from kept") == "7", 60)
