"""Configures hosts by ansible-playbook through ansible-runner, under the keeper: the same in the lab and in production."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from retailops import assets
from retailops.drivers import ansible_input, private, tool
from retailops.drivers.ansible_events import Tally
from retailops.errors import RetailopsError, ToolError
from retailops.ports import OnLine, Play, PlayResult

PLAYBOOK = re.compile(r"[a-z][a-z0-9_]*")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
FORKS = 20


class AnsibleConfigurator:
    """Implements `ports.Configurator`; `within` is put before the command (`nsenter --net=…`)."""

    def __init__(self, playbooks: Path | None = None, within: Sequence[str] = ()) -> None:
        self._playbooks = playbooks or assets.path("playbooks")
        self._within = list(within)

    def play(self, play: Play, on_line: OnLine) -> PlayResult:
        begun = time.monotonic()
        playbook = self._playbook(play.playbook)
        tally = Tally(on_line)
        with _private_folder() as folder:
            inventory = ansible_input.write(play, folder)
            runner = self._runner(play, playbook, inventory, folder, tally)
            try:
                runner.run()
            finally:
                _end_rest(folder)
            said = ESCAPES.sub("", Path(runner.config.artifact_dir, "stdout").read_text(errors="replace"))
            tally.verdict(runner.rc, playbook.name, said)
        changed = {host: tuple(tasks) for host, tasks in tally.changed.items()}
        return PlayResult(changed, tally.facts, time.monotonic() - begun)

    def _playbook(self, name: str) -> Path:
        path = self._playbooks / f"{name}.yml"
        if not PLAYBOOK.fullmatch(name) or not path.is_file():
            raise RetailopsError(f"there is no playbook {name!r} in {self._playbooks}")
        return path

    def _runner(self, play: Play, playbook: Path, inventory: Path, folder: Path, tally: Tally) -> Any:
        try:
            from ansible_runner.interface import init_runner
        except ImportError as error:
            raise ToolError("ansible-runner is not installed", resolution="pip install 'retailops[ansible]'") from error

        hosts = {host.name for group in play.groups.values() for host in group}
        runner = init_runner(
            private_data_dir=str(folder),
            project_dir=str(self._playbooks),
            playbook=str(playbook),
            inventory=str(inventory),
            ident="play",
            cmdline="--check --diff" if play.check else None,
            envvars=self._environment(folder, len(hosts)),
            settings={"suppress_ansible_output": True},
            suppress_env_files=True,
            event_handler=tally.take,
            cancel_callback=lambda: False,
            quiet=True,
        )
        argv = [_program(), *runner.config.command[1:]]
        runner.config.command = tool.keeper_argv([*self._within, *argv])
        return runner

    def _environment(self, folder: Path, hosts: int) -> dict[str, str]:
        return {
            "ANSIBLE_CONFIG": str(self._playbooks / "ansible.cfg"),
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder / "cp"),
            "ANSIBLE_HOST_KEY_CHECKING": "True",
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_FORKS": str(max(1, min(hosts, FORKS))),
        }


def _program() -> str:
    beside = Path(sys.executable).with_name("ansible-playbook")
    found = str(beside) if beside.exists() else shutil.which("ansible-playbook")
    if found is None:
        raise ToolError("ansible-playbook is not installed", resolution="pip install 'retailops[ansible]'")
    return found


@contextlib.contextmanager
def _private_folder() -> Iterator[Path]:
    folder = private.folder()
    try:
        yield folder
    finally:
        private.remove(folder)


def _end_rest(folder: Path) -> None:
    """Ends this play's tool if we were interrupted; it is told by the inventory on its command line."""
    for pid in tool.keepers_of(os.getpid(), f"{folder}/"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
