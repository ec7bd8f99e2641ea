"""A lab that was killed anywhere comes up again, and goes down without a trace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_bench import STORE, Bench

from retailops import lab as labs
from retailops.lab import cgroups, machines, network, processes, record, spaces
from retailops.lab.topology import Topology
from retailops.model import load_fleet

pytestmark = pytest.mark.lab


def traces(name: str) -> dict[str, list[str]]:
    """Everything on the computer that carries the lab's name."""
    root, folder = f"rl-{name}", record.folder(name)
    groups = [str(top / "retailops" / name) for _, top in cgroups.hierarchies() if (top / "retailops" / name).exists()]
    links = [word for word in spaces.run("ip", "-o", "link").split() if word.startswith(root)]
    left = [str(path) for path in Path("/run/systemd/nspawn/propagate").glob(f"{root}*")]
    return {
        "processes": [each.part for each in processes.of(folder)],
        "namespaces": spaces.of(root),
        "links": links,
        "mounts": [line for line in Path("/proc/mounts").read_text().splitlines() if name in line],
        "groups": groups,
        "files": ([str(folder)] if folder.exists() else []) + left,
        "rules": [line for line in spaces.run("nft", "list", "ruleset").splitlines() if root in line],
    }


@pytest.fixture
def name(world: Path) -> Iterator[str]:
    """The id of a lab of this test's own."""
    assert world.is_dir()
    made = f"r{os.getpid() % 10_000_000}"
    yield made
    labs.down(made, print)


def up(name: str, world: Path) -> Topology:
    return labs.up(name, world, labs.specs(load_fleet(world), [STORE]), print)


def running(topology: Topology) -> bool:
    return {host.system for host in machines.states(topology)} == {"running"}


def test_up_killed_at_any_point_is_finished_by_the_next_and_down_leaves_nothing(name: str, world: Path) -> None:
    command = [sys.executable, "-m", "retailops", "--fleet", str(world), "lab", "up", STORE, "--id", name]
    for seconds in (0.45, 0.6, 0.8, 1.2):
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert running(up(name, world))
    assert labs.down(name, print)
    assert {kind: found for kind, found in traces(name).items() if found} == {}
    assert not labs.down(name, print), "the second time there is nothing to do"


def test_down_finishes_a_down_that_was_killed(name: str, world: Path) -> None:
    up(name, world)
    command = [sys.executable, "-m", "retailops", "--fleet", str(world), "lab", "down", "--yes", "--id", name]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.7)
    run.kill()
    run.wait()
    labs.down(name, print)
    assert {kind: found for kind, found in traces(name).items() if found} == {}


def test_what_was_killed_or_lost_is_repaired_and_the_rest_left_alone(name: str, world: Path) -> None:
    topology = up(name, world)
    parts, before = processes.parts(record.folder(name)), _leaders(topology)
    processes.end([parts["supervisor"].pid, parts["host:hq"].pid, parts["dhcp:hz0001/a"].pid])
    subprocess.run(["ip", "netns", "del", topology.isp_space("b")], check=True)
    assert running(up(name, world))
    after = _leaders(topology)
    assert {host for host in before if before[host] != after[host]} == {"hub1", "hq", f"{STORE}-gw1"}
    assert network.plugged(next(host for host in topology.hosts if host.name == "hub1"))
    assert {part for part in parts if part not in processes.parts(record.folder(name))} == set()


def test_a_host_whose_nspawn_was_killed_comes_back_by_itself_without_its_orphans(name: str, world: Path) -> None:
    topology = up(name, world)
    init = machines.leader(topology, topology.hosts[0])
    assert init is not None
    processes.end([processes.parts(record.folder(name))["host:hub1"].pid])
    limit = time.monotonic() + 30
    while time.monotonic() < limit and not running(topology):
        time.sleep(0.2)
    assert running(topology)
    command = Path(f"/proc/{init}/cmdline")
    assert not command.exists() or not command.read_bytes(), "the init of the killed machine must not live on"


def test_two_labs_share_nothing(name: str, world: Path, bench: Bench) -> None:
    topology, other = up(name, world), bench.topology.record
    assert topology.record.slice != other.slice
    theirs = _leaders(Topology(other))
    labs.down(name, print)
    assert _leaders(Topology(other)) == theirs
    assert {kind: found for kind, found in traces(name).items() if found} == {}


def _leaders(topology: Topology) -> dict[str, int | None]:
    return {state.name: state.leader for state in machines.states(topology)}
