"""A store opens on real hosts by one command that is killed at one step of each stage; afterwards nothing is doubled or lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_bench import STORE, Bench, killed_when

from retailops import lab
from retailops.drivers.evidence import SqliteEvidence
from retailops.model import load_design, load_fleet
from retailops.model.sample.write import write_sample

pytestmark = pytest.mark.lab

STEPS = {
    "enroll": "wan.keys:",
    "wan": "wan.failover:",
    "edge": "Put the artefacts in place",
    "apps": "cut: every line",
    "acceptance": f"{STORE}-edge1 reboots",
    "certificate": "certificate.issue:",
}
"""Stage -> what is on the screen when the command is killed."""
ASK = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=5).read().decode())"
WIDE = 600


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A lab of its own, whose hosts nobody has touched; `world` says whether there can be one."""
    request.getfixturevalue("world")
    if not (lab.artifacts() / "build.json").is_file():
        pytest.skip("NOT RUN: the cluster binary is not built: retailops lab build")
    fleet = tmp_path_factory.mktemp("open") / "fleet"
    write_sample(fleet, 4)
    name = f"o{os.getpid() % 10_000_000}"
    try:
        lab.up(name, fleet, lab.specs(load_fleet(fleet), [STORE]), print)
        yield Bench(lab.Lab.find(name), fleet)
    finally:
        lab.down(name, print)


def command(fleet: Path) -> list[str]:
    return [sys.executable, "-m", "retailops", "--fleet", str(fleet), "store", "onboard", STORE, "--output", "json"]


def opened(fleet: Path) -> Any:
    done = subprocess.run(command(fleet), capture_output=True, text=True, check=False, timeout=WIDE)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def asked(bench: Bench, machine: str, url: str) -> Any:
    return json.loads(bench.run(machine, "python3", "-c", ASK, url))


def test_killed_in_each_stage_and_finished_by_the_same_command(empty: Bench) -> None:
    for mark in STEPS.values():
        killed_when(command(empty.fleet), lambda line, mark=mark: mark in line)
    outcome = opened(empty.fleet)
    assert outcome["world"] == "lab"
    assert [gate["gate"] for gate in outcome["gates"] if gate["answer"] == "met"] == ["G6", "G7", "G8", "G10"]
    assert [stage["stage"] for stage in outcome["stages"] if stage["resumed"]] == ["certificate"]


def test_evidence_is_there_once_and_no_line_stays_cut(empty: Bench) -> None:
    evidence = SqliteEvidence(empty.fleet / ".retailops" / "evidence.sqlite").of(STORE)
    assert len({(item.gate, item.kind) for item in evidence}) == len(evidence)
    assert all(item.ok for item in evidence)
    assert set(empty.lab.lines.state(STORE).values()) == {"up"}


def test_every_sale_of_the_till_is_at_the_centre_once(empty: Bench) -> None:
    design = load_design(empty.fleet, STORE)
    till = asked(empty, f"{STORE}-pos1", f"http://{design.box('edge1').address}:8080/queue")
    centre = asked(empty, "hq", f"http://{design.wan.centre[0][10]}:8080/sales?store={STORE}&limit=1000")
    ids = [sale["id"] for sale in centre["sales"]]
    assert (till["waiting"], till["refused"]) == (0, [])
    assert len(ids) == len(set(ids)) == till["sales"] > 0


def test_a_second_time_changes_nothing_and_says_so(empty: Bench) -> None:
    before = SqliteEvidence(empty.fleet / ".retailops" / "evidence.sqlite").of(STORE)
    outcome = opened(empty.fleet)
    assert outcome["changed"] is False
    assert SqliteEvidence(empty.fleet / ".retailops" / "evidence.sqlite").of(STORE) == before
    done = empty.cli("plan", STORE, "--check")
    assert done.returncode == 0, done.stdout


def test_the_certificate_holds(empty: Bench) -> None:
    path = json.loads(empty.cli("store", "certificate", STORE, "--output", "json").stdout)["path"]
    done = empty.cli("store", "verify", path)
    assert done.returncode == 0, done.stderr
