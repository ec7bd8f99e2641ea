"""The modules of the machines' roles, run as Ansible runs them, with programs that stand for rbd, ceph and virsh."""

from __future__ import annotations

import hashlib
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ansible.module_utils  # noqa: F401
import pytest
from rbd_of_memory import act

LIBRARY = Path(__file__).parents[2] / "playbooks" / "library"
KEY = "AQBsecretsecretsecret=="
GIB = 1024**3
RUN = """
import json, runpy, sys, tempfile
from pathlib import Path
import ansible.module_utils
path, home = Path(sys.argv.pop(1)), Path(sys.argv.pop(1))
ansible.module_utils.__path__.append(str(path.parents[1] / "module_utils"))
module = runpy.run_path(str(path), run_name="module")
module["hold_lock"].__globals__.update(LOCK=home / "lock", LOCK_SECONDS=1)
module["main"].__globals__.update(PATIENCE=1, EVERY=0.1)
module["main"]()
"""
CEPH = f"""#!/bin/sh
echo '[{{"entity": "client.machines", "key": "{KEY}", "caps": {{}}}}]'
"""
RBD = """#!{python}
import json, os, sys
sys.path.insert(0, "{here}")
from rbd_of_memory import act
home, words = os.environ["HOME"], sys.argv[1:]
assert words[:2] == ["--id", "machines"], words
assert "{key}" in open(words[3]).read() and "{key}" not in " ".join(words)
if words[4] == "status":
    print(json.dumps({{"watchers": json.load(open(home + "/watchers"))}}))
    if os.path.exists(home + "/forgets"):
        open(home + "/watchers", "w").write("[]")
    sys.exit()
pool = json.load(open(home + "/pool")) if os.path.exists(home + "/pool") else {{}}
print(act(pool, words[4:]))
json.dump(pool, open(home + "/pool", "w"))
"""
VIRSH = """#!/bin/sh
shift 3
echo "$@" >>"$HOME/virsh"
case $1 in
list) cat "$HOME/running" 2>/dev/null;;
secret-get-value) [ -e "$HOME/secret" ] && cat "$HOME/secret" || exit 1;;
secret-set-value) cat >"$HOME/secret";;
secret-define) cat >"$HOME/defined";;
esac
[ ! -e "$HOME/virsh-fails" ]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    programs = {
        "ceph": CEPH,
        "rbd": RBD.format(python=sys.executable, key=KEY, here=Path(__file__).parent),
        "virsh": VIRSH,
        "genisoimage": '#!/bin/sh\nwhile [ $# -gt 1 ]; do [ "$1" = -output ] && out=$2; shift; done; cat "$1"/* >"$out"\n',
    }
    (tmp_path / "bin").mkdir()
    for name, text in programs.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "tiny.raw").write_bytes(b"boots" * 1000)
    (tmp_path / "watchers").write_text("[]")
    return tmp_path


def run(home: Path, module: str, check: bool = False, **args: Any) -> dict[str, Any]:
    wanted = json.dumps({"ANSIBLE_MODULE_ARGS": {**args, "_ansible_check_mode": check}})
    argv = [sys.executable, "-c", RUN, str(LIBRARY / f"{module}.py"), str(home), wanted]
    environment = {**os.environ, "HOME": str(home), "PATH": f"{home / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)
    assert done.stdout, done.stderr
    assert KEY not in done.stdout.partition('"invocation"')[0]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def wanted(home: Path, gib: int = 1, **more: Any) -> dict[str, Any]:
    digest = hashlib.sha256((home / "tiny.raw").read_bytes()).hexdigest()
    return {
        "pool": "machines",
        "monitor": "h1",
        "images": [{"name": "image.tiny", "sha256": digest, "file": str(home / "tiny.raw")}],
        "seeds": [{"name": "seed.db1.0", "files": {"meta-data": "instance-id: db1\n", "user-data": "#cloud-config\n"}}],
        "volumes": [{"name": "machine.db1", "image": "image.tiny", "gib": gib}],
        **more,
    }


def pool(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "pool").read_text())
    return found


def volumes(home: Path, **args: Any) -> dict[str, Any]:
    return run(home, "retailops_rbd_volumes", **args)


def test_what_is_missing_is_made_once(home: Path) -> None:
    assert volumes(home, **wanted(home), look=True)["missing"][0]["name"] == "image.tiny"
    first = volumes(home, **wanted(home))
    assert first["made"] == ["image.tiny", "image.tiny@ready", "seed.db1.0", "machine.db1"]
    assert pool(home) == {"image.tiny": [5000, {"ready": "true"}], "seed.db1.0": [31, {}], "machine.db1": [GIB, {}]}
    second = volumes(home, **wanted(home))
    assert (second["changed"], second["made"]) == (False, [])
    assert volumes(home, **wanted(home), look=True)["missing"] == []


class Killed(Exception):
    """The tool dies before this call."""


class Memory:
    """`retailops_rbd.Pool` on a mapping; it dies after `calls`."""

    pool = "machines"

    def __init__(self, content: dict[str, Any], calls: int) -> None:
        self.content, self.calls = content, calls

    def name(self, volume: str) -> str:
        return f"{self.pool}/{volume}"

    def run(self, *words: str) -> str:
        self.calls -= 1
        if self.calls < 0:
            raise Killed
        return act(self.content, list(words))

    def ask(self, *words: str) -> Any:
        return json.loads(self.run(*words))


def make(home: Path, content: dict[str, Any], calls: int = 1000) -> int:
    """Runs the module's own maker on a pool of memory; the calls that it took."""
    sys.modules["ansible.module_utils"].__path__.append(str(LIBRARY.parent / "module_utils"))
    maker_of = runpy.run_path(str(LIBRARY / "retailops_rbd_volumes.py"))["Maker"]
    memory = Memory(content, calls)
    maker = maker_of(SimpleNamespace(check_mode=False), memory)
    for kind in ("image", "seed", "volume"):
        for each in wanted(home)[f"{kind}s"]:
            getattr(maker, kind)(each)
    return calls - memory.calls


def test_killed_before_any_of_its_calls_it_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{home / 'bin'}:{os.environ['PATH']}")
    whole: dict[str, Any] = {}
    calls = make(home, whole)
    assert calls > 10
    for call in range(calls):
        content: dict[str, Any] = {}
        with pytest.raises(Killed):
            make(home, content, call)
        make(home, content)
        assert content == whole, call


def test_a_disk_grows_and_never_shrinks(home: Path) -> None:
    volumes(home, **wanted(home))
    assert volumes(home, **wanted(home, 3))["made"] == ["machine.db1: 3 GiB"]
    assert pool(home)["machine.db1"][0] == 3 * GIB
    said = volumes(home, **wanted(home, 2))["msg"]
    assert said == "machine.db1 should have 2 GiB and it has 3.0; a disk never shrinks"
    assert pool(home)["machine.db1"][0] == 3 * GIB


def test_another_file_under_an_images_name_is_refused(home: Path) -> None:
    args = wanted(home)
    (home / "tiny.raw").write_bytes(b"something else")
    assert volumes(home, **args)["msg"].startswith("the file of image.tiny is another one: its SHA-256 is ")
    assert "image.tiny" not in pool(home)


def test_check_mode_makes_nothing(home: Path) -> None:
    (home / "pool").write_text("{}")
    said = volumes(home, check=True, **wanted(home))
    assert said["changed"]
    assert pool(home) == {}


def test_the_key_goes_in_by_standard_input_once(home: Path) -> None:
    args = {"uuid": "u-1", "pool": "machines", "key": KEY}
    assert run(home, "retailops_libvirt_secret", **args)["changed"]
    assert (home / "secret").read_text() == KEY
    assert "<name>client.machines secret</name>" in (home / "defined").read_text()
    assert not run(home, "retailops_libvirt_secret", **args)["changed"]
    assert run(home, "retailops_libvirt_secret", **(args | {"key": "AQBother=="}))["changed"]
    assert KEY not in (home / "virsh").read_text()


def start(*names: str) -> list[dict[str, str]]:
    return [
        {"id": name, "path": f"/etc/{name}.xml", "pool": "machines", "volume": f"machine.{name}", "secret": "u-1"}
        for name in names
    ]


def test_what_runs_nowhere_is_started(home: Path) -> None:
    (home / "secret").write_text(KEY)
    (home / "running").write_text("a\n")
    said = run(home, "retailops_machines", start=start("a", "b", "c"), elsewhere=["c"])
    assert (said["changed"], said["running"], said["started"]) == (True, ["a"], ["b"])
    assert "create /etc/b.xml" in (home / "virsh").read_text()
    assert run(home, "retailops_machines")["running"] == ["a"]


def test_a_machine_whose_disk_is_open_is_not_started(home: Path) -> None:
    (home / "secret").write_text(KEY)
    (home / "watchers").write_text('[{"address": "10.8.0.12:0/1", "client": 4}]')
    said = run(home, "retailops_machines", start=start("a"))
    assert said["failed"]
    assert said["msg"] == "a is not started: its disk is open at 10.8.0.12:0/1"
    assert "create" not in (home / "virsh").read_text()


def test_what_a_dead_client_left_is_waited_for(home: Path) -> None:
    (home / "secret").write_text(KEY)
    (home / "watchers").write_text('[{"address": "10.8.0.11:0/1", "client": 4}]')
    (home / "forgets").touch()
    assert run(home, "retailops_machines", start=start("a"))["started"] == ["a"]


def test_check_mode_starts_nothing(home: Path) -> None:
    said = run(home, "retailops_machines", check=True, start=start("a"))
    assert (said["changed"], said["started"]) == (True, ["a"])
    assert "create" not in (home / "virsh").read_text()
