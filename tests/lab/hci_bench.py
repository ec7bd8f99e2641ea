"""A lab with hyperconverged hosts, as tests act on it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab_bench import Bench

from retailops import lab as labs
from retailops.lab import LabFaults, record
from retailops.model import load_fleet


@dataclass(frozen=True)
class Ground(Bench):
    """Its hosts, and `retailops hci` on its fleet repository."""

    @property
    def faults(self) -> LabFaults:
        return LabFaults(self.lab.id)

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "retailops", "--fleet", str(self.fleet), "hci", *words]

    def hci(self, *words: str, code: int = 0) -> str:
        """Both outputs of a command that ends with `code`."""
        done = _run(self.argv(*words))
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def answer(self, *words: str) -> Any:
        """The JSON that a command answers, whatever its exit code."""
        done = _run(self.argv(*words, "-o", "json"))
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def ceph(self, host: str, *words: str) -> Any:
        ring = ("-n", "mon.", "--keyring", f"/var/lib/ceph/mon/ceph-{host}/keyring", "--connect-timeout", "20")
        return json.loads(self.run(host, "timeout", "50", "ceph", *ring, "-f", "json", *words).strip() or "{}")

    def describe(self, before: str, after: str) -> None:
        """Changes fleet.yaml."""
        file = self.fleet / "fleet.yaml"
        text = file.read_text("utf-8")
        assert text.count(before) == 1, before
        file.write_text(text.replace(before, after), "utf-8")


def _run(argv: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, timeout=900, stdin=subprocess.DEVNULL, check=False)


def at(task: str, *, changed: bool = False) -> Callable[[str], bool]:
    """Whether a line of a play names the task, or the first host that it changed."""
    seen = False

    def due(line: str) -> bool:
        nonlocal seen
        if line.endswith(task):
            seen = True
            return not changed
        return seen and line.endswith(": changed")

    return due


@contextmanager
def bare_hosts(root: Path, description: str) -> Iterator[Ground]:
    """A new fleet repository at `root` with `hci:` from that file beside this one, and a lab with its bare hosts."""
    subprocess.run([sys.executable, "-m", "retailops", "init", str(root)], check=True, capture_output=True)
    before, _, _ = (root / "fleet.yaml").read_text("utf-8").partition("\nhci:\n")
    ours = Path(__file__).with_name(description).read_text("utf-8")
    (root / "fleet.yaml").write_text(f"{before}\n{ours}", "utf-8")
    name = record.default_id(root)
    try:
        fleet = load_fleet(root)
        labs.up(name, root, (), print, (*labs.hci_specs(fleet.hci), *labs.hci_specs(fleet.recovery)))
        yield Ground(labs.Lab.find(name), root)
    finally:
        labs.down(name, print)
