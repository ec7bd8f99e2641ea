"""The lab as a cloud: the public stack applied, nodes that join and serve, a burst with a loader running; the centre's own services."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_bench import STORE, Bench, killed_when, until

from retailops import lab
from retailops.drivers.clock import SystemClock
from retailops.drivers.locks import FileLocks
from retailops.lab import record, spaces

pytestmark = pytest.mark.lab
KUBECTL = ("k3s", "kubectl")
EVENT = "double-twelve-2026"
SMALL = {
    "peak: 1200, perReplica: 150, replicasPerNode: 2, replicas: 4, nodes: 2": "peak: 600, perReplica: 150, replicasPerNode: 2, replicas: 2, nodes: 1",
    "minimum: 2, maximum: 20": "minimum: 1, maximum: 20",
    "front: {dataClass: sales, replicas: 4}": "front: {dataClass: sales, replicas: 2}",
}
"""What makes the sample's public cloud and its promotion fit a test."""
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


class Region:
    """The fleet's own public stack on the lab's provider, one node large."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def cloud(self, verb: str, *words: str) -> dict[str, Any]:
        return done(self.bench.cli("cloud", verb, "public", *words, "--output", "json"))

    def burst(self, verb: str) -> subprocess.CompletedProcess[str]:
        return self.bench.cli("cloud", "burst", verb, EVENT, "--yes", "--output", "json")

    def kill(self, verb: str, when: Callable[[str], bool]) -> None:
        """Begins a burst's verb and kills it once a line that it said is as asked."""
        argv = [
            sys.executable,
            "-m",
            "retailops",
            "--fleet",
            str(self.bench.fleet),
            "cloud",
            "burst",
            verb,
            EVENT,
            "--yes",
        ]
        killed_when(argv, when)

    def loader(self, address: str, stop: Path) -> subprocess.Popen[str]:
        argv = self.bench.lab.command("controller", ["python3", "-c", LOADER, address, str(stop)])
        return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def region(bench: Bench) -> Iterator[Region]:
    if not (lab.artifacts() / "build.json").is_file():
        pytest.skip("NOT RUN: the cluster binary is not built: retailops lab build")
    file = bench.fleet / "fleet.yaml"
    text = file.read_text()
    smaller = text
    for usual, small in SMALL.items():
        assert usual in smaller
        smaller = smaller.replace(usual, small)
    file.write_text(smaller)
    yield Region(bench)
    file.write_text(text)
    machines = lab.LabMachines(bench.lab.id)
    for member in bench.topology.record.members:
        machines.remove(member.name, print)


def done(command: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert command.returncode == 0, command.stderr
    found: dict[str, Any] = json.loads(command.stdout)
    return found


def members(bench: Bench) -> list[str]:
    known = record.read(bench.lab.id)
    assert known
    return sorted(each.name for each in known.members)


def test_a_promotion_day_cuts_no_request_and_outlives_a_kill_at_each_end(region: Region, tmp_path: Path) -> None:
    """One test, since each part needs the one before."""
    assert region.cloud("preview")["changes"] > 20
    up = region.cloud("up")["outputs"]
    assert up["nodes"] == ["public-1"]
    assert len(up["endpoints"]) == 1
    assert region.cloud("preview", "--check")["changes"] == 0

    region.kill("start", lambda line: "public-2: running" in line)
    started = done(region.burst("start"))["proof"]
    assert (started["nodes"], set(started["answers"].values())) == (["public-1", "public-2"], {200})
    assert members(region.bench) == ["public", "public-1", "public-2"]
    assert region.cloud("preview", "--check")["changes"] == 0, "a plain cloud up keeps what the promotion asked for"

    stays, stop = up["endpoints"][0].split("/")[2].partition(":")[0], tmp_path / "stop"
    loader = region.loader(stays, stop)
    try:
        region.kill("end", lambda line: "waiting for what runs on it" in line)
        ended = done(region.burst("end"))["proof"]
    finally:
        stop.touch()
        seen = json.loads(loader.communicate(timeout=30)[0])
    print(f"start {started['seconds']} s, end {ended['seconds']} s, loader {seen['asked']} requests")
    assert seen["asked"] > 20
    assert seen["failed"] == []
    assert members(region.bench) == ["public", "public-1"]
    assert f"rl-{region.bench.lab.id}-public-2" not in spaces.of(region.bench.topology.root)

    region.cloud("destroy", "--yes")
    assert members(region.bench) == []
    assert list((record.folder(region.bench.lab.id) / "cloud").iterdir()) == []


def test_who_comes_second_to_a_burst_ends_with_7(bench: Bench) -> None:
    locks = FileLocks(bench.fleet / ".retailops" / "locks", SystemClock())
    lock = locks.take("burst-public", "cloud burst end of another")
    try:
        second = bench.cli("cloud", "burst", "end", EVENT, "--yes")
    finally:
        lock.release()
    assert (second.returncode, "cloud burst end of another" in second.stderr) == (7, True), second.stderr


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
