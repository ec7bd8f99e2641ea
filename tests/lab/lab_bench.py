"""A lab that is up, as tests act on it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from retailops.drivers.tool import keepers_of
from retailops.lab import Lab
from retailops.lab.topology import Topology

STORE = "hz0001"


@dataclass(frozen=True)
class Bench:
    """A lab that is up, the fleet repository it was made for, and how to act on both."""

    lab: Lab
    fleet: Path

    @property
    def topology(self) -> Topology:
        return self.lab.topology

    def run(self, machine: str, *argv: str, check: bool = True) -> str:
        """Runs a command in a host, a device or as the `controller`; its output."""
        done = subprocess.run(
            self.lab.command(machine, list(argv)), capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
        )
        assert not check or done.returncode == 0, f"{machine}: {argv}: {done.stdout}{done.stderr}"
        return done.stdout

    def cli(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Runs `retailops` on the fleet repository."""
        command = [sys.executable, "-m", "retailops", "--fleet", str(self.fleet), *argv]
        return subprocess.run(command, capture_output=True, text=True, timeout=180, stdin=subprocess.DEVNULL)


class Ended(AssertionError):
    """A command that was to be killed ended before."""


def killed_when(argv: Sequence[str], due: Callable[[str], bool]) -> list[str]:
    """Begins a command and kills it at the first line on either output that is `due`; the lines until then. Its tools have ended too.

    Raises `Ended`.
    """
    said = []
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip("\n"))
            if due(said[-1]):
                process.kill()
                break
        else:
            raise Ended("it ended first: " + "\n".join(said)[-2000:])
    assert until(lambda: keepers_of(process.pid) == []), "tools of a killed command are still running"
    return said


def until(true: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Waits for something to become true."""
    limit = time.monotonic() + seconds
    while not true():
        if time.monotonic() > limit:
            return False
        time.sleep(0.2)
    return True
