"""The module that makes a placement rule, with Ceph's own crushtool and a program that keeps a cluster's map in a file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hci_module import LIBRARY, RUN

pytestmark = pytest.mark.skipif(shutil.which("crushtool") is None, reason="no crushtool here (Debian: ceph-base)")
TYPES = ("osd", "host", "rack", "room", "root")


def bucket(number: int, kind: str, name: str, *items: str) -> str:
    """As crushtool reads it; each item weighs as much as the others."""
    inside = "".join(f"\titem {item} weight 1.00000\n" for item in items)
    return f"{kind} {name} {{\n\tid {-number}\n\talg straw2\n\thash 0\n{inside}}}\n"


def a_map() -> str:
    """Two rooms with two racks each, a host and a disk in each rack, and the rule that every cluster has."""
    devices = "".join(f"device {n} osd.{n} class ssd\n" for n in range(4))
    types = "".join(f"type {n} {kind}\n" for n, kind in enumerate(TYPES))
    hosts = "".join(bucket(n + 1, "host", f"h{n}", f"osd.{n}") for n in range(4))
    racks = "".join(bucket(n + 5, "rack", f"r{n}", f"h{n}") for n in range(4))
    rooms = bucket(9, "room", "a", "r0", "r1") + bucket(10, "room", "b", "r2", "r3")
    root = bucket(11, "root", "default", "a", "b")
    steps = "\tstep take default\n\tstep chooseleaf firstn 0 type host\n\tstep emit\n"
    rule = f"rule replicated_rule {{\n\tid 0\n\ttype replicated\n\tmin_size 1\n\tmax_size 10\n{steps}}}\n"
    return f"# begin crush map\n{devices}{types}{hosts}{racks}{rooms}{root}{rule}# end crush map\n"


TAKE, EMIT = {"op": "take", "item_name": "default"}, {"op": "emit"}
RACKS = [TAKE, {"op": "chooseleaf_firstn", "num": 0, "type": "rack"}, EMIT]
ROOMS = [
    TAKE,
    {"op": "choose_firstn", "num": 2, "type": "room"},
    {"op": "chooseleaf_firstn", "num": 2, "type": "rack"},
    EMIT,
]
CEPH = f"""#!{sys.executable}
import json, os, pathlib, shutil, subprocess, sys
home, words = pathlib.Path(os.environ["HOME"]), sys.argv[sys.argv.index("osd"):]
if words[1] == "dump":
    print(json.dumps({{"crush_version": int((home / "version").read_text())}}))
elif words[1] == "getcrushmap":
    shutil.copy(home / "map", words[3])
    left = home / "changes-to-come"
    if left.exists() and int(left.read_text()):
        left.write_text(str(int(left.read_text()) - 1))
        (home / "version").write_text(str(int((home / "version").read_text()) + 1))
elif words[1] == "setcrushmap":
    if words[2] != (home / "version").read_text():
        sys.exit(f"prior_version {{words[2]}} != crush version")
    shutil.copy(words[4], home / "map")
else:
    said = json.loads(subprocess.run(["crushtool", "-i", home / "map", "--dump"], capture_output=True).stdout)
    found = [rule for rule in said["rules"] if rule["rule_name"] == words[4]]
    if not found:
        sys.exit(2)
    print(json.dumps(found[0]))
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ceph").write_text(CEPH)
    (tmp_path / "bin/ceph").chmod(0o755)
    (tmp_path / "version").write_text("7")
    (tmp_path / "text").write_text(a_map())
    subprocess.run(["crushtool", "-c", tmp_path / "text", "-o", tmp_path / "map"], check=True, capture_output=True)
    return tmp_path


def run(home: Path, steps: list[dict[str, Any]], copies: int = 4) -> dict[str, Any]:
    wanted = json.dumps({"ANSIBLE_MODULE_ARGS": {"name": "copies", "steps": steps, "copies": copies, "monitor": "h1"}})
    argv = [sys.executable, "-c", RUN, str(LIBRARY / "retailops_ceph_rule.py"), str(home), wanted]
    environment = {**os.environ, "HOME": str(home), "PATH": f"{home / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)
    assert done.stdout, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def rules(home: Path) -> dict[str, tuple[int, list[str]]]:
    """Name -> number and kinds of steps, as crushtool reads the map."""
    done = subprocess.run(["crushtool", "-i", home / "map", "--dump"], check=True, capture_output=True)
    found = json.loads(done.stdout)["rules"]
    return {rule["rule_name"]: (rule["rule_id"], [step["op"] for step in rule["steps"]]) for rule in found}


THEIRS = {"replicated_rule": (0, ["take", "chooseleaf_firstn", "emit"])}


def test_a_rule_is_made_once_and_mended_where_it_differs(home: Path) -> None:
    assert run(home, RACKS)["changed"]
    assert rules(home) == {**THEIRS, "copies": (1, ["take", "chooseleaf_firstn", "emit"])}
    assert not run(home, RACKS)["changed"]
    assert run(home, ROOMS)["changed"]
    assert rules(home) == {**THEIRS, "copies": (1, ["take", "choose_firstn", "chooseleaf_firstn", "emit"])}
    assert not run(home, ROOMS)["changed"]


def test_a_map_that_another_changes_meanwhile_is_read_anew(home: Path) -> None:
    (home / "changes-to-come").write_text("2")
    assert run(home, ROOMS)["changed"]
    assert (home / "version").read_text() == "9"
    assert "copies" in rules(home)


def test_a_map_that_others_change_all_the_time_is_not_overwritten(home: Path) -> None:
    (home / "changes-to-come").write_text("99")
    answer = run(home, ROOMS)
    assert answer["msg"] == "others change the map of the cluster all the time: prior_version 14 != crush version"
    assert rules(home) == THEIRS


def test_a_rule_by_which_copies_would_find_no_place_is_refused(home: Path) -> None:
    run(home, RACKS)
    answer = run(home, [TAKE, {"op": "choose_firstn", "num": 3, "type": "room"}, *ROOMS[2:]], copies=6)
    assert answer["msg"] == (
        "by the rule copies as it should be the cluster's places can't hold 6 copies; it is left as it was"
    )
    assert rules(home)["copies"] == (1, ["take", "chooseleaf_firstn", "emit"])
