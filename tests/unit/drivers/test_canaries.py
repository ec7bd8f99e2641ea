"""Planted secrets never show: not in a command line while tools run, not in state, logs, journal or what is printed."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sshd_node import Node
from test_ansible import playbooks  # noqa: F401

from retailops.drivers.ansible import AnsibleConfigurator
from retailops.drivers.clock import SystemClock
from retailops.drivers.dbos import DbosDurable
from retailops.drivers.journal import SqliteJournal
from retailops.drivers.locks import FileLocks
from retailops.drivers.secrets import FileSecrets
from retailops.drivers.ssh import SshProber
from retailops.errors import ToolError
from retailops.ports import Event, Json, Play, RunKey, Step

CANARY = "canary-2b9e41"

TASKS = """
- hosts: gateways
  tasks:
    - name: Bring the key
      ansible.builtin.copy:
        content: "{{ lookup('ansible.builtin.file', retailops.key_file) }}"
        dest: "{{ retailops.dest }}"
        mode: "0600"
      no_log: true
    - name: Use it wrongly
      ansible.builtin.shell: |
        cat {{ retailops.dest | quote }} {{ retailops.dest | quote }}.missing
        sleep 0.5
        exit 3
      changed_when: false
      no_log: true
"""


class Watch:
    """Reads every command line and environment of this machine over and over; `seen` has those with the canary."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.looks = 0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.02):
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit() and int(entry.name) != os.getpid():
                    self._look(entry)
            self.looks += 1

    def _look(self, entry: Path) -> None:
        for name in ("cmdline", "environ"):
            try:
                if CANARY.encode() in (entry / name).read_bytes():
                    self.seen.add(f"{name}: {(entry / 'cmdline').read_bytes()!r}")
            except OSError:
                continue

    @contextmanager
    def looking(self) -> Iterator[None]:
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


def holding(folder: Path, *, without: Path) -> list[Path]:
    files = (path for path in folder.rglob("*") if path.is_file() and path != without)
    return [path for path in files if CANARY.encode() in path.read_bytes()]


@pytest.mark.skipif(os.getuid() != 0, reason="reads every process' command line")
def test_a_secret_travels_in_files_alone(node: Node, playbooks: Path, tmp_path: Path) -> None:  # noqa: F811
    source, state, told = tmp_path / "secret-source", tmp_path / "state", list[str]()
    source.write_text(CANARY)
    (playbooks / "case.yml").write_text(TASKS)
    locks = FileLocks(state / "locks", SystemClock())
    journal = SqliteJournal(state / "journal.sqlite", locks.held)
    secrets, prober, durable = FileSecrets(tmp_path), SshProber(), DbosDurable(state / "dbos.sqlite")
    destination = tmp_path / "node" / "key"
    destination.parent.mkdir()

    def execute(step: Step) -> Json:
        key_file = str(secrets.file(step.params["key"]))
        variables: Mapping[str, Json] = {"key_file": key_file, "dest": str(destination)}
        play = Play("case", {"gateways": (node.host,)}, variables={node.host.name: variables})
        AnsibleConfigurator(playbooks).play(play, told.append)

    watch = Watch()
    with watch.looking():
        with pytest.raises(ToolError) as error:
            durable.run(RunKey("hz0001", "wan", 1, "p"), [Step("s", {"key": "file:secret-source"})], execute)
        told += [str(error.value), str(error.value.details), str(error.value.resolution)]
        journal.add(Event("hz0001/wan/1", datetime.now(UTC), "run_failed", "", str(error.value)))
    durable.close()
    prober.close()
    secrets.close()
    assert destination.read_text() == CANARY, "it did arrive"
    assert watch.looks > 3
    assert watch.seen == set()
    assert CANARY not in "\n".join(told)
    assert holding(state, without=source) == []
    assert holding(playbooks, without=source) == []
    assert [path for path in Path("/dev/shm").glob(f"ro-{os.getpid()}-*") if holding(path, without=source)] == []
