"""Ansible through ansible-runner against a node with a real sshd."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sshd_node import Node, key
from test_keeper import until

from retailops.drivers import tool
from retailops.drivers.ansible import AnsibleConfigurator
from retailops.errors import RetailopsError, ToolError, Unreachable
from retailops.ports import Host, Json, Play, PlayResult, RenderedFile

PLAYBOOKS = Path(__file__).parents[3] / "playbooks"
HOSTILE = "{{ lookup('pipe', 'touch PWNED') }} {% raw %} $(touch PWNED) `touch PWNED` \x07 '\" \\ 门店🏪\nNO\t0123"

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="the module sets owners and records in /var/lib")


@pytest.fixture
def playbooks(tmp_path: Path) -> Path:
    folder = tmp_path / "playbooks"
    shutil.copytree(PLAYBOOKS, folder, ignore=shutil.ignore_patterns("roles", "*.yml"))
    return folder


def play(
    playbooks: Path,
    host: Host,
    tasks: str,
    *,
    variables: Mapping[str, Json] | None = None,
    files: Mapping[str, RenderedFile] | None = None,
    check: bool = False,
    lines: list[str] | None = None,
) -> PlayResult:
    (playbooks / "case.yml").write_text(f"- hosts: gateways\n  tasks:\n{tasks}")
    wanted = Play("case", {"gateways": (host,)}, {host.name: files or {}}, {host.name: variables or {}}, check)
    return AnsibleConfigurator(playbooks).play(wanted, (lines if lines is not None else []).append)


HAND_BACK = """
    - name: Say it
      ansible.builtin.command: {argv: [printf, "%s", "{{ retailops.text }}"]}
      changed_when: false
      register: said
    - name: Hand it back
      ansible.builtin.set_fact:
        retailops_result: {said: "{{ said.stdout }}", deep: "{{ retailops.deep[0].text }}"}
"""
SAYING = {"text": "x", "deep": [{"text": "x"}]}


def test_text_arrives_as_data(node: Node, playbooks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C")
    text = HOSTILE.replace("PWNED", str(tmp_path / "pwned"))
    result = play(playbooks, node.host, HAND_BACK, variables={"text": text, "deep": [{"text": text}]})
    assert result.facts == {"hz0001-gw1": {"said": text, "deep": text}}
    assert result.changed == {}
    assert not (tmp_path / "pwned").exists()


def test_a_template_as_a_key_is_refused(node: Node, playbooks: Path) -> None:
    with pytest.raises(RetailopsError, match="can't be a key"):
        play(playbooks, node.host, HAND_BACK, variables={"{{ 1 }}": "x"})


def test_changes_are_named_and_a_second_run_has_none(node: Node, playbooks: Path, tmp_path: Path) -> None:
    tasks = (
        f"    - name: Make it\n      ansible.builtin.file: {{path: {tmp_path}/made, state: directory, mode: '0755'}}\n"
    )
    lines: list[str] = []
    assert play(playbooks, node.host, tasks, check=True).changed == {"hz0001-gw1": ("Make it",)}
    assert not (tmp_path / "made").exists()
    assert play(playbooks, node.host, tasks, lines=lines).changed == {"hz0001-gw1": ("Make it",)}
    assert lines == ["Make it", "  hz0001-gw1: changed"]
    assert play(playbooks, node.host, tasks).changed == {}


def test_a_failed_task_says_host_task_and_last_words(node: Node, playbooks: Path) -> None:
    tasks = "    - name: Burn\n      ansible.builtin.shell: echo 'the disk is on fire' >&2; exit 3\n      changed_when: false\n"
    with pytest.raises(ToolError, match="hz0001-gw1: the task 'Burn' failed") as error:
        play(playbooks, node.host, tasks)
    assert "the disk is on fire" in (error.value.details or "")
    assert not isinstance(error.value, Unreachable)


def test_an_ignored_failure_is_none(node: Node, playbooks: Path) -> None:
    tasks = "    - name: Burn\n      ansible.builtin.command: 'false'\n      changed_when: false\n      ignore_errors: true\n"
    assert play(playbooks, node.host, tasks).changed == {}


def test_a_dead_host_is_unreachable(node: Node, playbooks: Path) -> None:
    node.stop()
    with pytest.raises(Unreachable, match="hz0001-gw1 can't be reached over SSH"):
        play(playbooks, node.host, HAND_BACK, variables=SAYING)


def test_a_wrong_host_key_is_never_accepted(node: Node, playbooks: Path, tmp_path: Path) -> None:
    public = Path(f"{key(tmp_path / 'another')}.pub").read_text()
    (tmp_path / "other_hosts").write_text(f"[127.0.0.1]:{node.host.port} {public}")
    with pytest.raises(Unreachable) as error:
        play(playbooks, replace(node.host, known_hosts=tmp_path / "other_hosts"), HAND_BACK, variables=SAYING)
    assert "Host key verification failed" in (error.value.details or "")


def test_a_broken_playbook_shows_ansibles_words(node: Node, playbooks: Path) -> None:
    with pytest.raises(ToolError, match="ended with exit code") as error:
        play(playbooks, node.host, "    - name: No such module\n      no_such_module: {}\n")
    assert "no_such_module" in (error.value.details or "")


@pytest.mark.parametrize("path", ["relative", "/etc/../x", "/etc/", ""])
def test_a_path_that_is_none_is_refused(node: Node, playbooks: Path, path: str) -> None:
    with pytest.raises(RetailopsError, match="no absolute path"):
        play(playbooks, node.host, HAND_BACK, files={path: RenderedFile(b"")})


def test_nothing_of_a_play_stays_on_the_controller(node: Node, playbooks: Path) -> None:
    before = ours()
    play(playbooks, node.host, HAND_BACK, variables=SAYING)
    assert ours() == before


def ours() -> set[Path]:
    """Private folders of this process; another test's open connection may hold one."""
    return {path for place in ("/dev/shm", "/tmp") for path in Path(place).glob(f"ro-{os.getpid()}-*")}


PARENT = """
import sys
sys.path.insert(0, sys.argv[1])
import pickle
from pathlib import Path
from retailops.drivers.ansible import AnsibleConfigurator
play = pickle.loads(Path(sys.argv[2]).read_bytes())
AnsibleConfigurator(Path(sys.argv[3])).play(play, lambda line: print(line, flush=True))
"""


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_however_we_die_no_ansible_stays_behind(
    node: Node, playbooks: Path, tmp_path: Path, way: signal.Signals
) -> None:
    mark = tmp_path / "running"
    (playbooks / "case.yml").write_text(
        f"- hosts: gateways\n  tasks:\n    - name: Wait\n      ansible.builtin.shell: touch {mark}; sleep 300\n"
    )
    (tmp_path / "play").write_bytes(pickle.dumps(Play("case", {"gateways": (node.host,)})))
    argv = [sys.executable, "-c", PARENT, str(Path(__file__).parent), str(tmp_path / "play"), str(playbooks)]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert until(mark.exists, 60)
    assert _clients(node), "this test can see ansible-playbook and its ssh"
    process.send_signal(way)
    process.communicate(timeout=30)
    assert process.returncode == -way
    assert until(lambda: not tool.keepers_of(process.pid) and not _clients(node)), _clients(node)


def _processes(text: str) -> list[bytes]:
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if text.encode() in line:
                lines.append(line)
    return lines


def _clients(node: Node) -> list[bytes]:
    """What still runs on the controller's side: SSH clients to this node, and ansible-playbook with its playbook."""
    return [line for line in _processes(str(node.folder)) if line.startswith(b"ssh\0") or b"ansible-playbook" in line]
