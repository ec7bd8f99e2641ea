"""Two stores of one chain open at the same time on real hosts, behind one hub."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_bench import STORE, Bench

from retailops import lab as labs
from retailops.model import load_fleet

pytestmark = pytest.mark.lab

SECOND = "sh0001"
SELL = """
import json, sys, urllib.request
sale = {"key": "demo-1", "lines": [{"sku": "demo", "quantity": 1, "price": 990}]}
asked = urllib.request.Request(sys.argv[1], json.dumps(sale).encode(), {"Content-Type": "application/json"})
print(urllib.request.urlopen(asked, timeout=10).read().decode())
"""


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


def evidence(chain: Bench, store: str) -> list[tuple[str, ...]]:
    import sqlite3

    with sqlite3.connect(chain.fleet / ".retailops" / "evidence.sqlite") as database:
        rows = database.execute(
            "select stage, cast(attempt as text), gate, kind from evidence where store = ? order by rowid", (store,)
        )
        return [tuple(row) for row in rows]


def test_two_stores_open_side_by_side(chain: Bench) -> None:
    runs = {store: begin(chain, store) for store in (STORE, SECOND)}
    for store, run in runs.items():
        said, _ = run.communicate(timeout=800)
        assert run.returncode == 0, said
        found = evidence(chain, store)
        assert len(found) == len(set(found)), "evidence was doubled"
        assert set(chain.lab.lines.state(store).values()) == {"up"}


def test_the_same_store_twice_at_once_says_who_has_it(chain: Bench) -> None:
    first, second = begin(chain, STORE), begin(chain, STORE)
    codes = {run.wait(timeout=120): run.communicate()[0] for run in (first, second)}
    assert set(codes) <= {0, 7}
    if 7 in codes:
        assert f"{STORE} is locked by " in codes[7]


def test_open_stores_are_left_alone(chain: Bench) -> None:
    before = evidence(chain, STORE)
    again = chain.cli("store", "onboard", STORE)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing changed" in again.stdout
    assert evidence(chain, STORE) == before


def test_the_till_sells_with_both_lines_cut(chain: Bench) -> None:
    for uplink in ("a", "b"):
        assert chain.cli("lab", "cut", f"{STORE}/{uplink}").returncode == 0
    try:
        sold = chain.run(f"{STORE}-pos1", "python3", "-c", SELL, "http://10.64.5.10:8080/sale")
        assert json.loads(sold)["id"].startswith(f"{STORE}/1/")
    finally:
        for uplink in ("a", "b"):
            assert chain.cli("lab", "heal", f"{STORE}/{uplink}").returncode == 0
