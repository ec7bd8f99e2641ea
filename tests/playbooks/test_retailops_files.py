"""The module that puts rendered files on a node: byte for byte, only when different, and mended after a cut."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MODULE = Path(__file__).parents[2] / "playbooks" / "library" / "retailops_files.py"
BYTES = bytes(range(256)) + "{{ lookup('pipe','id') }} 门店🏪\r\n".encode()

RUN = """
import runpy, sys
from pathlib import Path
import ansible.module_utils
path = Path(sys.argv.pop(1))
ansible.module_utils.__path__.append(str(path.parents[1] / "module_utils"))
module = runpy.run_path(str(path), run_name="module")
home = Path(sys.argv.pop(1))
module["hold_lock"].__globals__.update(LOCK=home / "lock", LOCK_SECONDS=1)
module["main"].__globals__.update(RECORD=home / "state" / "files.json")
module["main"]()
"""


class Module:
    """Runs the module as Ansible does, with its lock and record in a folder of the test."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.target = home / "etc"
        self.target.mkdir()
        import getpass

        self.owner = getpass.getuser()

    def __call__(
        self, files: dict[str, bytes], *, wanted: dict[str, bytes] | None = None, **options: Any
    ) -> dict[str, Any]:
        named = {str(self.target / name): content for name, content in files.items()}
        everything = named | {str(self.target / name): b"" for name in wanted or {}}
        args = {
            "files": [
                {"path": path, "content": base64.b64encode(content).decode(), "mode": "0640", "owner": self.owner}
                for path, content in named.items()
            ],
            "wanted": sorted(everything),
            **options,
        }
        argv = [sys.executable, "-c", RUN, str(MODULE), str(self.home), json.dumps({"ANSIBLE_MODULE_ARGS": args})]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.stdout, done.stderr
        answer = json.loads(done.stdout)
        assert isinstance(answer, dict)
        return answer


@pytest.fixture
def module(tmp_path: Path) -> Module:
    return Module(tmp_path)


def settle(module: Module, *names: str) -> None:
    assert not module({}, wanted=dict.fromkeys(names, b""), settled=True)["changed"]


def test_bytes_and_mode_arrive_and_a_second_run_changes_nothing(module: Module) -> None:
    first = module({"sub/a.conf": BYTES, "empty": b""})
    assert first["changed"]
    assert (module.target / "sub/a.conf").read_bytes() == BYTES
    assert (module.target / "sub/a.conf").stat().st_mode & 0o777 == 0o640
    assert (module.target / "empty").read_bytes() == b""
    settle(module, "sub/a.conf", "empty")
    second = module({"sub/a.conf": BYTES, "empty": b""})
    assert (second["changed"], second["paths"]) == (False, [])
    assert sorted(path.name for path in module.target.rglob("*")) == ["a.conf", "empty", "sub"]


def test_only_what_differs_is_written(module: Module) -> None:
    module({"a": b"1", "b": b"2"})
    settle(module, "a", "b")
    before = (module.target / "a").stat().st_mtime_ns
    assert module({"a": b"1", "b": b"3"})["paths"] == [str(module.target / "b")]
    assert (module.target / "a").stat().st_mtime_ns == before


def test_a_wrong_mode_is_set_right(module: Module) -> None:
    module({"a": b"1"})
    settle(module, "a")
    (module.target / "a").chmod(0o666)
    assert module({"a": b"1"})["changed"]
    assert (module.target / "a").stat().st_mode & 0o777 == 0o640


def test_a_play_that_was_cut_off_reports_its_files_until_it_is_settled(module: Module) -> None:
    module({"a": b"1"})
    again = module({"a": b"1"})
    assert again["changed"]
    assert again["paths"] == [str(module.target / "a")]
    settle(module, "other")
    assert module({"a": b"1"})["changed"], "another play's end does not settle this one's files"
    settle(module, "a")
    assert not module({"a": b"1"})["changed"]


def test_pruning_removes_ours_and_only_ours(module: Module) -> None:
    module({"wg/one.conf": b"1", "wg/two.conf": b"2", "kept": b"3"})
    (module.target / "wg/foreign.conf").write_text("not ours")
    settle(module, "wg/one.conf", "wg/two.conf", "kept")
    gone = module({"wg/one.conf": b"1"}, prune=[f"{module.target}/wg/"])
    assert gone["removed"] == [str(module.target / "wg/two.conf")]
    assert sorted(path.name for path in (module.target / "wg").iterdir()) == ["foreign.conf", "one.conf"]
    assert (module.target / "kept").exists()
    assert module({"wg/one.conf": b"1"}, prune=[f"{module.target}/wg/"])["changed"], "not settled yet"
    settle(module, "wg/one.conf")
    assert not module({"wg/one.conf": b"1"}, prune=[f"{module.target}/wg/"])["changed"]


def test_what_another_task_of_the_play_writes_is_not_pruned(module: Module) -> None:
    module({"wg/one.conf": b"1", "wg/two.conf": b"2"})
    assert module({"wg/one.conf": b"1"}, wanted={"wg/two.conf": b""}, prune=[f"{module.target}/wg/"])["removed"] == []


def test_check_mode_writes_nothing_and_says_what_it_would(module: Module) -> None:
    module({"old": b"1"})
    settle(module, "old")
    would = module({"new": b"secret-looking"}, prune=[f"{module.target}/"], _ansible_check_mode=True)
    assert (would["changed"], would["paths"], would["removed"]) == (
        True,
        [str(module.target / "new")],
        [str(module.target / "old")],
    )
    assert [path.name for path in module.target.iterdir()] == ["old"]
    assert "secret-looking" not in json.dumps(would)
    assert f"{module.target}/new absent" in would["diff"]["before"]


def test_content_that_its_daemon_refuses_is_not_put_in_place(module: Module) -> None:
    module({"a": b"good"})
    refused = module({"a": b"bad"}, validate=["sh", "-c", "echo 'line 1: bad' >&2; grep -q good $0", "%s"])
    assert refused["failed"]
    assert "line 1: bad" in refused["msg"]
    assert (module.target / "a").read_bytes() == b"good"
    assert [path.name for path in module.target.iterdir()] == ["a"]


def test_a_link_is_replaced_and_its_target_left_alone(module: Module) -> None:
    (module.home / "elsewhere").write_text("x")
    (module.target / "a").symlink_to(module.home / "elsewhere")
    assert module({"a": b"1"})["changed"]
    assert not (module.target / "a").is_symlink()
    assert (module.home / "elsewhere").read_text() == "x"


def test_an_unknown_owner_or_a_folder_in_the_way_is_named(module: Module) -> None:
    module.owner = "no-such-user"
    assert "no such owner on this host: no-such-user" in module({"a": b"1"})["msg"]


def test_it_waits_for_the_nodes_lock(module: Module) -> None:
    import fcntl

    with (module.home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another step has held" in module({"a": b"1"})["msg"]
    assert module({"a": b"1"})["changed"]
