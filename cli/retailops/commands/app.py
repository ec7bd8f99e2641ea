"""What every command gets as `ctx.obj`: the fleet repository it works on, and the world behind the ports, built when first asked for."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click

from retailops.errors import FleetError
from retailops.ports import (
    Choice,
    Clock,
    EvidenceStore,
    History,
    Journal,
    Locks,
    Pauses,
    Ports,
    Revisions,
    Rollouts,
    Secrets,
    Signatures,
    Stacks,
)

MARKER = "fleet.yaml"


@dataclass(frozen=True)
class Records:
    """What is known of runs and of what they proved; opening them touches no host, launches nothing and makes no file."""

    journal: Journal
    locks: Locks
    clock: Clock
    evidence: EvidenceStore
    revisions: Revisions | None
    pauses: Pauses | None
    rollouts: Rollouts | None


@dataclass
class App:
    """`build_ports(root, simulate)` and `survey()` are given by the wiring, so that no command imports a driver.

    `open_history(root)` is that fleet repository at other revisions of its git.
    `choose_stacks()` gives the Pulumi engine alone, for programs outside of any fleet.
    `open_secrets(root)` resolves references of that fleet repository.
    `checking(root)` checks signatures by what that fleet repository trusts; `open_records(root, simulate)` opens what is known of runs.
    """

    fleet: Path | None
    build_ports: Callable[[Path, bool], Ports]
    survey: Callable[[], tuple[Choice, ...]]
    simulate: bool = False
    checking: Callable[[Path], Signatures] | None = None
    open_records: Callable[[Path, bool], Records] | None = None
    choose_stacks: Callable[[], Stacks] | None = None
    open_secrets: Callable[[Path], Secrets] | None = None
    open_history: Callable[[Path], History] | None = None
    _ports: Ports | None = field(default=None, repr=False)

    @property
    def root(self) -> Path:
        """The fleet repository: `--fleet`, `RETAILOPS_FLEET`, or upward from the working folder."""
        named = self.fleet or (Path(os.environ["RETAILOPS_FLEET"]) if os.environ.get("RETAILOPS_FLEET") else None)
        if named is not None:
            if (named / MARKER).is_file():
                return named.resolve()
            raise FleetError(
                f"{named} has no {MARKER}", resolution=f"Name a fleet repository, or write one: retailops init {named}"
            )
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / MARKER).is_file():
                return folder
        raise FleetError(
            f"no {MARKER} in {here} or above it",
            resolution="Go into a fleet repository, name one with --fleet, or write one: retailops init DIR",
        )

    @property
    def mark(self) -> str:
        """What a line says behind it in the simulated world."""
        return " (SIMULATED)" if self.simulate else ""

    @property
    def ports(self) -> Ports:
        if self._ports is None:
            self._ports = self.build_ports(self.root, self.simulate)
        return self._ports

    @property
    def history(self) -> History:
        assert self.open_history
        return self.open_history(self.root)

    @property
    def records(self) -> Records:
        if self.open_records is None:
            ports = self.ports
            known = (ports.revisions, ports.pauses, ports.rollouts)
            return Records(ports.journal, ports.locks, ports.clock, ports.evidence, *known)
        return self.open_records(self.root, self.simulate)


pass_app = click.make_pass_decorator(App)


def whoami() -> str:
    """Who acts, as others read it: `li@ops`."""
    return f"{getpass.getuser()}@{socket.gethostname()}"
