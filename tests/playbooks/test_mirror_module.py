"""The module that mirrors pools, run as Ansible runs it, with a `ceph`, a `rados` and an `rbd` of the test that keep what they are told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hci_module import LIBRARY, RUN

CEPH = """#!{python}
import json, os, sys
from pathlib import Path
file = Path(os.environ["HOME"], "ceph.json")
kept = json.loads(file.read_text()) if file.exists() else {{"site": None, "schedule": []}}
words = sys.argv[sys.argv.index("json") + 1:]
with Path(os.environ["HOME"], "argv").open("a") as log: log.write(" ".join(words) + "\\n")
if words[:2] == ["auth", "get"]: print(json.dumps([{{"key": "OURKEY"}}]))
elif words[:2] == ["config-key", "dump"]: print(json.dumps({{"rbd/mirror/site_name": kept["site"]}} if kept["site"] else {{}}))
elif words[:2] == ["config-key", "set"]: kept["site"] = words[-1]
elif words[4] == "list":
    print(json.dumps({{"2": {{"name": "machines/", "schedule": [{{"interval": each}} for each in kept["schedule"]]}}}}))
elif words[4] == "add": kept["schedule"].append(words[-1])
else: kept["schedule"].remove(words[-1])
file.write_text(json.dumps(kept))
"""
RADOS = """
from contextlib import nullcontext
class Rados:
    def __init__(self, name, conffile, conf): assert conf["key"] == "OURKEY"
    def connect(self): pass
    def shutdown(self): pass
    def open_ioctx(self, pool): return nullcontext(pool)
"""
RBD = """
import json, os
from pathlib import Path
RBD_MIRROR_MODE_IMAGE, RBD_MIRROR_IMAGE_DISABLED, RBD_MIRROR_IMAGE_MODE_SNAPSHOT = 1, 2, 1
file = Path(os.environ["HOME"], "rbd.json")
kept = json.loads(file.read_text()) if file.exists() else {"mode": 0, "peers": [], "volumes": {"a": 2, "b": 2}}
def keep(): file.write_text(json.dumps(kept))
class RBD:
    def mirror_mode_get(self, io): return kept["mode"]
    def mirror_mode_set(self, io, mode): kept["mode"] = mode; keep()
    def mirror_peer_list(self, io): return [{**each, "uuid": str(n)} for n, each in enumerate(kept["peers"])]
    def mirror_peer_add(self, io, site, client):
        kept["peers"].append({"site_name": site, "client_name": client, "attributes": {}}); keep()
        if Path(os.environ["HOME"], "die").exists(): os._exit(9)
        return str(len(kept["peers"]) - 1)
    def mirror_peer_set_client(self, io, uuid, client): kept["peers"][int(uuid)]["client_name"] = client; keep()
    def mirror_peer_set_attributes(self, io, uuid, values): kept["peers"][int(uuid)]["attributes"] = values; keep()
    def mirror_peer_get_attributes(self, io, uuid): return kept["peers"][int(uuid)]["attributes"]
    def list(self, io): return sorted(kept["volumes"])
class Image:
    def __init__(self, io, name, read_only=False): self.name = name
    def __enter__(self): return self
    def __exit__(self, *_args): pass
    def mirror_image_get_info(self): return {"state": kept["volumes"][self.name]}
    def mirror_image_enable(self, mode): kept["volumes"][self.name] = 1; keep()
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "mon/ceph-h1").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ceph").write_text(CEPH.format(python=sys.executable))
    (tmp_path / "bin/ceph").chmod(0o755)
    for name, text in (("rados", RADOS), ("rbd", RBD)):
        (tmp_path / "bin" / f"{name}.py").write_text(text)
    return tmp_path


def start(home: Path, check: bool = False, **change: Any) -> subprocess.CompletedProcess[str]:
    peer = {
        "site": "recovery",
        "monitors": "[v2:10.9.0.11:3300]",
        "entity": "client.rbd-mirror-peer",
        "key": "THEIRKEY",
    }
    args = {
        "site": "main",
        "pools": ["machines"],
        "minutes": 3,
        "peer": peer,
        "entity": "client.mirror",
        "monitor": "h1",
    }
    wanted = {"ANSIBLE_MODULE_ARGS": {**args, **change, "_ansible_check_mode": check}}
    (home / "args").write_text(json.dumps(wanted))
    argv = [sys.executable, "-c", RUN, str(LIBRARY / "retailops_ceph_mirror.py"), str(home), str(home / "args")]
    path = {"PATH": f"{home / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(home / "bin")}
    environment = {**os.environ, "HOME": str(home), **path}
    return subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)


def run(home: Path, check: bool = False, **change: Any) -> list[str]:
    done = start(home, check, **change)
    assert done.stdout, done.stderr
    assert "THEIRKEY" not in done.stdout + done.stderr + (home / "argv").read_text()
    answer = json.loads(done.stdout)
    assert answer["changed"] == bool(answer["done"])
    return list(answer["done"])


FIRST = [
    "this site is main",
    "pool machines is mirrored",
    "pool machines: recovery is its peer",
    "pool machines: a snapshot every 3m",
    "volume machines/a is mirrored",
    "volume machines/b is mirrored",
]


def test_the_first_run_ties_the_pool_and_a_second_changes_nothing(home: Path) -> None:
    assert run(home, check=True) == FIRST
    assert run(home) == FIRST
    assert run(home) == []


def test_killed_after_the_peer_was_added_it_goes_on(home: Path) -> None:
    (home / "die").touch()
    assert start(home).returncode == 9
    (home / "die").unlink()
    assert run(home) == ["pool machines: where recovery answers", *FIRST[3:]]
    assert len(json.loads((home / "rbd.json").read_text())["peers"]) == 1


def test_what_changed_is_set_and_the_old_schedule_goes(home: Path) -> None:
    run(home)
    assert run(home, minutes=120) == ["pool machines: a snapshot every 2h", "pool machines: no longer every 3m"]
    kept = json.loads((home / "rbd.json").read_text())
    kept["volumes"]["c"], kept["peers"][0]["client_name"] = 2, "client.other"
    (home / "rbd.json").write_text(json.dumps(kept))
    assert run(home, minutes=120) == [
        "pool machines: recovery is asked as client.rbd-mirror-peer",
        "volume machines/c is mirrored",
    ]
