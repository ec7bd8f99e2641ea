"""store onboard, store gates, store certificate and plan as typed: exact answers and exit codes, in the simulated world."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from retailops.drivers.clock import SystemClock
from retailops.drivers.locks import FileLocks
from retailops.model import load_fleet
from retailops.model.sample.write import write_sample

STORE = "hz0001"
ASK_A_PERSON = """apiVersion: retailops/v1
kind: Probe
id: signboard
gate: G10
name: {zh: 招牌亮灯, en: signboard lit}
owner: operations
person: {question: {zh: 招牌亮了吗, en: Is the signboard lit?}}
"""
ASK_THE_TILL = """apiVersion: retailops/v1
kind: Probe
id: till-page
gate: G8
name: till page
owner: retail systems
from: pos1
http: {url: "http://{edge}:8080/healthz", status: 200, contains: ok}
"""
ASK_THE_NODE = """apiVersion: retailops/v1
kind: Probe
id: disk
gate: G7
name: disk
owner: platform
from: edge1
command: {argv: [test, -d, /var/lib/retailops]}
"""


def retailops(root: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "retailops", "--fleet", str(root), "--simulate", *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, **environment})


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    write_sample(tmp_path / "fleet", 12)
    return tmp_path / "fleet"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    root = tmp_path_factory.mktemp("opened") / "fleet"
    write_sample(root, 12)
    done = retailops(root, "store", "onboard", STORE, "--output", "json")
    assert done.returncode == 0, done.stderr
    return root, json.loads(done.stdout)


def test_onboard_answers_in_one_document_and_progress_goes_to_stderr(opened: tuple[Path, Any]) -> None:
    _, document = opened
    assert (document["store"], document["world"], document["changed"]) == (STORE, "SIMULATED", True)
    assert [stage["stage"] for stage in document["stages"]] == [
        *("enroll", "wan", "edge", "apps", "acceptance", "certificate")
    ]
    assert re.fullmatch(r"\.retailops/simulated/certificates/hz0001-.*\.html", document["certificate"])


def test_a_second_time_says_so_in_its_first_line(opened: tuple[Path, Any]) -> None:
    done = retailops(opened[0], "store", "onboard", STORE)
    assert done.returncode == 0
    first = done.stdout.splitlines()[0]
    assert re.fullmatch(r"hz0001: already open: nothing changed \(APPS_READY, \d+\.\d s\) · SIMULATED", first)


def test_gates_say_what_is_missing_whose_it_is_and_since_when(opened: tuple[Path, Any]) -> None:
    done = retailops(opened[0], "store", "gates", STORE)
    assert done.returncode == 0
    assert re.search(r"^G6 +met +failover +met +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +network$", done.stdout, re.MULTILINE)
    assert done.stdout.splitlines()[-1] == "hz0001 is APPS_READY · SIMULATED"


def test_gates_before_anything_was_shown(fleet: Path) -> None:
    done = retailops(fleet, "store", "gates", STORE, "--check", "--output", "json")
    assert done.returncode == 6
    document = json.loads(done.stdout)
    assert (document["state"], document["world"]) == ("DRAFT", "SIMULATED")
    assert "G10 sale_offline" in done.stderr


def test_plan_of_an_open_store_and_of_a_new_one(opened: tuple[Path, Any]) -> None:
    assert retailops(opened[0], "plan", STORE, "--check").returncode == 0
    second = compact(opened[0])[1]
    done = retailops(opened[0], "plan", second, "--check")
    assert done.returncode == 4
    assert done.stdout.startswith("enroll (SIMULATED): 1 to do")
    assert "then: wan, edge, apps, acceptance, certificate (planned when enroll is done)" in done.stdout
    assert second not in retailops(opened[0], "run", "list").stdout


def test_the_certificate_is_found_and_holds(opened: tuple[Path, Any], tmp_path: Path) -> None:
    copy = tmp_path / "copy.html"
    assert retailops(opened[0], "store", "certificate", STORE, "--out", str(copy)).stdout == f"{copy}\n"
    assert retailops(opened[0], "store", "verify", str(copy)).returncode == 0
    other = compact(opened[0])[1]
    assert retailops(opened[0], "store", "certificate", other).returncode == 6


def test_until_stops_there(fleet: Path) -> None:
    done = retailops(fleet, "store", "onboard", STORE, "--until", "wan", "--output", "json")
    assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "CONNECTED")


def test_who_holds_the_store(fleet: Path) -> None:
    held = FileLocks(fleet / ".retailops" / "simulated" / "locks", SystemClock()).take(STORE, "store onboard hz0001")
    done = retailops(fleet, "store", "onboard", STORE)
    held.release()
    assert done.returncode == 7
    assert re.match(r"Error: hz0001 is locked by \S+@\S+ \(pid \d+\) since .*: store onboard hz0001\n", done.stderr)


def test_several_stores_one_of_which_fails(fleet: Path) -> None:
    first, second = compact(fleet)[:2]
    held = FileLocks(fleet / ".retailops" / "simulated" / "locks", SystemClock()).take(second, "elsewhere")
    done = retailops(fleet, "store", "onboard", first, second, "--output", "json")
    held.release()
    assert done.returncode == 5
    document = json.loads(done.stdout)
    assert document[first]["state"] == "APPS_READY"
    assert document[second]["code"] == 7
    assert f"1 of 2 stores are not done: {second}" in done.stderr


def test_killed_in_the_middle_the_same_command_finishes(fleet: Path) -> None:
    assert retailops(fleet, "store", "onboard", STORE, RETAILOPS_TWIN_DIE_AT="30").returncode == -9
    assert "interrupted" in retailops(fleet, "run", "list").stdout
    assert retailops(fleet, "store", "onboard", STORE).returncode == 0


def test_unknown_words_are_refused(fleet: Path) -> None:
    assert retailops(fleet, "store", "onboard", "hz0000").returncode == 3
    assert retailops(fleet, "store", "onboard", "../x").returncode == 3
    assert retailops(fleet, "store", "onboard", STORE, "--until", "moon").returncode == 2
    assert retailops(fleet, "plan", STORE, "--stage", "moon").returncode == 2


def test_probes_of_the_fleet_repository_join_their_gates(fleet: Path) -> None:
    (fleet / "probes").mkdir()
    for name, text in (("person", ASK_A_PERSON), ("http", ASK_THE_TILL), ("command", ASK_THE_NODE)):
        (fleet / "probes" / f"{name}.yaml").write_text(text)
    done = retailops(fleet, "store", "onboard", STORE)
    assert done.returncode == 6
    assert re.search(r"^signboard@\w+ \(signboard lit\): missing, owner: operations$", done.stderr, re.MULTILINE)
    assert retailops(fleet, "store", "gates", STORE, "--attest", "signboard").returncode == 2
    assert retailops(fleet, "store", "gates", STORE, "--attest", "till-page", "--by", "Li Lei").returncode == 2
    done = retailops(fleet, "store", "gates", STORE, "--attest", "signboard", "--by", "李雷", "--note", "亮")
    assert done.returncode == 0
    assert done.stdout.startswith("recorded: signboard@")
    assert retailops(fleet, "store", "onboard", STORE).returncode == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ASK_THE_TILL.replace("owner:", "ownr:"), "ownr"),
        (ASK_THE_TILL + "command: {argv: [id]}\n", "exactly one of http, command and person"),
        (ASK_THE_TILL.replace("http://", "gopher://"), "probes/bad.yaml"),
    ],
)
def test_a_wrong_probe_is_named_with_its_place(fleet: Path, text: str, problem: str) -> None:
    (fleet / "probes").mkdir()
    (fleet / "probes" / "bad.yaml").write_text(text)
    done = retailops(fleet, "store", "onboard", STORE)
    assert done.returncode == 3
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def compact(root: Path) -> list[str]:
    return [store.id for store in load_fleet(root).stores.values() if store.format == "compact"]
