"""The module that sets how monitors elect, with a program that keeps a monitor map as Ceph 16 tells of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hci_module import LIBRARY, RUN

CEPH = f"""#!{sys.executable}
import json, os, pathlib, sys
home, words = pathlib.Path(os.environ["HOME"]), sys.argv[sys.argv.index("mon"):]
known = json.loads((home / "known").read_text())
if words[1] == "dump":
    print(json.dumps(known))
    sys.exit()
with (home / "asked").open("a") as asked:
    print(*words, file=asked)
never = set(known["disallowed_leaders: "].split(",")) - {{""}}
if words[1] == "set":
    known["election_strategy"] = {{"classic": 1, "connectivity": 3}}[words[3]]
else:
    if known["election_strategy"] == 1:
        sys.exit("the strategy knows of no disallowed leaders")
    never = never | {{words[3]}} if words[1] == "add" else never - {{words[3]}}
(home / "known").write_text(json.dumps({{**known, "disallowed_leaders: ": ",".join(sorted(never))}}))
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ceph").write_text(CEPH)
    (tmp_path / "bin/ceph").chmod(0o755)
    (tmp_path / "asked").touch()
    (tmp_path / "known").write_text(json.dumps({"election_strategy": 1, "disallowed_leaders: ": ""}))
    return tmp_path


def run(home: Path, strategy: str, *never: str) -> tuple[Any, list[str]]:
    """(whether it changed anything, what Ceph was told)."""
    wanted = json.dumps({"ANSIBLE_MODULE_ARGS": {"strategy": strategy, "never": never, "monitor": "h1"}})
    argv = [sys.executable, "-c", RUN, str(LIBRARY / "retailops_ceph_elections.py"), str(home), wanted]
    environment = {**os.environ, "HOME": str(home), "PATH": f"{home / 'bin'}:{os.environ['PATH']}"}
    (home / "asked").write_text("")
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)
    return json.loads(done.stdout).get("changed"), (home / "asked").read_text().splitlines()


def test_elections_by_connectivity_with_a_monitor_that_never_leads_and_back(home: Path) -> None:
    both = ["mon set election_strategy connectivity", "mon add disallowed_leader tie"]
    assert run(home, "connectivity", "tie") == (True, both)
    assert run(home, "connectivity", "tie") == (False, [])
    assert run(home, "connectivity", "t2") == (
        True,
        ["mon rm disallowed_leader tie", "mon add disallowed_leader t2"],
    )
    assert run(home, "classic") == (True, ["mon rm disallowed_leader t2", "mon set election_strategy classic"])
    assert run(home, "classic") == (False, [])
