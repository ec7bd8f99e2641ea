"""The modules of the wan roles, run as Ansible runs them, with their lock in a folder of the test."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LIBRARY = Path(__file__).parents[2] / "playbooks" / "library"
RUN = """
import runpy, sys
from pathlib import Path
import ansible.module_utils
path = Path(sys.argv.pop(1))
ansible.module_utils.__path__.append(str(path.parents[1] / "module_utils"))
module = runpy.run_path(str(path), run_name="module")
module["hold_lock"].__globals__.update(LOCK=Path(sys.argv.pop(1)), LOCK_SECONDS=1)
module["main"]()
"""


def run(name: str, home: Path, check: bool = False, **args: Any) -> dict[str, Any]:
    wanted = json.dumps({"ANSIBLE_MODULE_ARGS": {**args, "_ansible_check_mode": check}})
    argv = [sys.executable, "-c", RUN, str(LIBRARY / f"{name}.py"), str(home / "lock"), wanted]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    folder = tmp_path / "wg-a1.d"
    folder.mkdir()
    (folder / "00-hub.conf").write_text("hub\n")
    (folder / "store-hz0001.conf").write_text("first\n")
    return folder


def test_fragments_are_joined_by_name_once(tmp_path: Path, parts: Path) -> None:
    target = tmp_path / "wg-a1.conf"
    args = {"files": {str(target): str(parts)}}
    assert run("retailops_assemble", tmp_path, check=True, **args)["paths"] == [str(target)]
    assert not target.exists()
    assert run("retailops_assemble", tmp_path, **args)["changed"]
    assert target.read_text() == "hub\nfirst\n"
    assert target.stat().st_mode & 0o777 == 0o600
    assert not run("retailops_assemble", tmp_path, **args)["changed"]


def test_a_second_stores_fragment_keeps_the_first(tmp_path: Path, parts: Path) -> None:
    target = tmp_path / "wg-a1.conf"
    (parts / "store-hz0002.conf").write_text("second\n")
    (parts / ".retailops-half.tmp").write_text("half written")
    run("retailops_assemble", tmp_path, files={str(target): str(parts)})
    assert target.read_text() == "hub\nfirst\nsecond\n"


def test_a_held_lock_is_said(tmp_path: Path, parts: Path) -> None:
    import fcntl

    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = run("retailops_assemble", tmp_path, files={str(tmp_path / "x"): str(parts)})
    assert answer["failed"]
    assert "another step has held" in answer["msg"]


@pytest.mark.skipif(not shutil.which("wg"), reason="needs wireguard-tools")
def test_keys_are_made_once_and_stay(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    args = {"interfaces": ["wg-a1", "wg-b1"], "folder": str(folder)}
    planned = run("retailops_wan_keys", tmp_path, check=True, **args)
    assert (planned["made"], planned["public_keys"], folder.exists()) == (["wg-a1", "wg-b1"], {}, False)
    made = run("retailops_wan_keys", tmp_path, **args)
    private = (folder / "wg-a1.key").read_text()
    assert made["changed"]
    assert private.strip() not in json.dumps(made)
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in folder.glob("*.key")} == dict.fromkeys(
        ("wg-a1.key", "wg-b1.key"), "0o600"
    )
    again = run("retailops_wan_keys", tmp_path, **args)
    assert (again["changed"], again["public_keys"]) == (False, made["public_keys"])
    (folder / "wg-b1.pub").unlink()
    mended = run("retailops_wan_keys", tmp_path, **args)
    assert (mended["made"], mended["public_keys"]) == (["wg-b1"], made["public_keys"])
    assert (folder / "wg-a1.key").read_text() == private
