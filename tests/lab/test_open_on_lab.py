"""A store opens for real: killed at a step of each stage, finished by the same command, and left alone when it is open."""

from __future__ import annotations

import json
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
from retailops.drivers.tool import keepers_of
from retailops.model import load_fleet

pytestmark = pytest.mark.lab

SECOND = "sh0001"
DEATHS = ("wan.keys:", "wan.store:", "edge.node:", "apps.stack:", "acceptance.failover_flow:", "certificate.issue:")


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Iterator[Bench]:
    """A lab of its own, with two stores, for a chain of its own."""
    if not (labs.artifacts() / "build.json").exists():
        pytest.skip("NOT RUN: no cluster binary: retailops lab build")
    del world
    root = tmp_path_factory.mktemp("open") / "fleet"
    subprocess.run(
        [sys.executable, "-m", "retailops", "init", str(root), "--stores", "6"], check=True, capture_output=True
    )
    name = f"o{os.getpid() % 10_000_000}"
    try:
        labs.up(name, root, labs.specs(load_fleet(root), [STORE, SECOND]), print)
        yield Bench(labs.Lab.find(name), root)
    finally:
        labs.down(name, print)


def begin(chain: Bench, store: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", "-m", "retailops", "--fleet", str(chain.fleet), "store", "onboard", store]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True
    )


def kill_at(chain: Bench, step: str) -> list[str]:
    """Onboards until `step` has begun, kills the process in the middle of it, and returns what it had said."""
    process, said = begin(chain, STORE), []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if step in line:
            time.sleep(0.7)
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL, "".join(said)
    return said


def evidence(chain: Bench, store: str) -> list[tuple[str, ...]]:
    import sqlite3

    with sqlite3.connect(chain.fleet / ".retailops" / "evidence.sqlite") as database:
        rows = database.execute(
            "select stage, cast(attempt as text), gate, kind from evidence where store = ? order by rowid", (store,)
        )
        return [tuple(row) for row in rows]


def test_killed_in_every_stage_it_is_finished_by_the_same_command(chain: Bench) -> None:
    for step in DEATHS:
        said = kill_at(chain, step)
        assert "Error" not in "".join(said)
    last = chain.cli("store", "onboard", STORE)
    assert last.returncode == 0, last.stdout + last.stderr
    assert "goes on with" in last.stdout
    found = evidence(chain, STORE)
    assert len(found) == len(set(found)), "evidence was doubled"
    assert set(chain.lab.lines.state(STORE).values()) == {"up"}
    gates = json.loads(chain.cli("store", "gates", STORE, "--output", "json").stdout)
    answers = {gate["gate"]: gate["answer"] for gate in gates["gates"]}
    assert {answers[gate] for gate in ("G6", "G7", "G8", "G10")} == {"met"}


def test_no_tool_of_a_killed_run_is_left(chain: Bench) -> None:
    process = begin(chain, SECOND)
    assert process.stdout is not None
    next(line for line in process.stdout if "wan_keys :" in line)
    process.kill()
    process.wait()
    process.stdout.close()
    limit = time.monotonic() + 15
    while keepers_of(process.pid) and time.monotonic() < limit:
        time.sleep(0.1)
    assert keepers_of(process.pid) == []


def test_an_open_store_is_left_alone_while_another_opens_beside_it(chain: Bench) -> None:
    before = evidence(chain, STORE)
    beside = begin(chain, SECOND)
    again = chain.cli("store", "onboard", STORE)
    said, _ = beside.communicate(timeout=400)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing changed" in again.stdout
    assert evidence(chain, STORE) == before
    assert beside.returncode == 0, said
    third = chain.cli("store", "onboard", STORE)
    assert "nothing changed" in third.stdout, third.stdout + third.stderr


def test_its_certificate_holds(chain: Bench) -> None:
    (file,) = (chain.fleet / ".retailops" / "certificates").glob(f"{STORE}-*.html")
    done = chain.cli("store", "verify", str(file))
    assert done.returncode == 0, done.stderr
    assert "world     lab" in done.stdout
    file.write_bytes(file.read_bytes().replace(b"Hangzhou", b"Hangzhov", 1))
    assert chain.cli("store", "verify", str(file)).returncode == 6


def test_the_till_sells_with_both_lines_cut(chain: Bench) -> None:
    for uplink in ("a", "b"):
        assert chain.cli("lab", "cut", f"{STORE}/{uplink}").returncode == 0
    try:
        sold = chain.run(
            f"{STORE}-pos1", "busybox", "wget", "-qO-", "--header", "Content-Type: application/json",
            "--post-data", '{"key": "demo-1", "lines": [{"sku": "demo", "quantity": 1, "price": 990}]}', "http://10.64.5.10:8080/sale",
        )  # fmt: skip
        assert json.loads(sold)["id"].startswith(f"{STORE}/1/")
    finally:
        for uplink in ("a", "b"):
            assert chain.cli("lab", "heal", f"{STORE}/{uplink}").returncode == 0
