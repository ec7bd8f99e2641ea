"""Bringing hosts that serve to the version that their package sources have, and each daemon to it in its turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from retailops.errors import GateNotMet
from retailops.hci.changes.rolling import Cluster, Rolled, Rolling
from retailops.hci.changes.versions import RELEASES, Packages, major, refusals
from retailops.ports import Clock, OnLine


class Software(Protocol):
    """The packages of all hosts, and the oldest release that the cluster lets in; each call may be repeated."""

    def packages(self) -> Mapping[str, Packages]:
        """Host -> its packages, by lists of its sources that are fetched now."""

    def install(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        """Host -> package -> version; no daemon is restarted. What an earlier call left half done is finished first."""

    def oldest(self) -> str:
        """Name of the oldest release whose disks are let in."""

    def require(self, release: str) -> None:
        """Disks of older releases are no longer let in; there is no way back."""


@dataclass(frozen=True)
class Upgrading:
    """One upgrade; `done` are hosts whose packages it has brought there."""

    cluster: Cluster
    software: Software
    clock: Clock
    on_line: OnLine
    done: set[str] = field(default_factory=set)

    def run(self) -> Rolled:
        """Killed anywhere, the same call goes on. Raises `GateNotMet` where the versions or the cluster's health forbid it."""
        found = self.software.packages()
        if lines := list(refusals(found, self.cluster.daemons())):
            raise GateNotMet(
                "this upgrade is refused", details="\n".join(lines), resolution="docs/how-to/change-hosts-that-serve.md"
            )
        rolling = Rolling(self.cluster, self.clock, self.on_line, prepare=lambda turn: self._install(turn.hosts, found))
        rolled = rolling.run(lambda daemon: bool(found[daemon.host].newer) or bool(daemon.behind))
        self._install(found, found)
        self._finish(found)
        return rolled

    def _install(self, hosts: Iterable[str], found: Mapping[str, Packages]) -> None:
        todo = {host: found[host].newer for host in hosts if found[host].newer and host not in self.done}
        if todo:
            self.software.install(todo)
            self.done.update(todo)

    def _finish(self, found: Mapping[str, Packages]) -> None:
        newest = max((major(to) for each in found.values() for to in each.candidate.values()), default=0)
        if newest in RELEASES and self.software.oldest() != RELEASES[newest]:
            self.software.require(RELEASES[newest])
            self.on_line(f"every disk runs {RELEASES[newest]}; older ones are no longer let in")
