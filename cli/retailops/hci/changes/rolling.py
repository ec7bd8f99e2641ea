"""Restarting a cluster that serves, turn by turn: nothing stops before all is whole, and nothing goes on before it is whole again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from retailops.errors import GateNotMet, ToolError, Unreachable
from retailops.hci.changes.turns import Daemon, Turn, turns
from retailops.hci.status.health import EVERY
from retailops.ports import Clock, OnLine

GATE, BACK = 60.0, 600.0
"""Seconds that all may take to be whole before a turn, and after it until all copies are where they belong."""

OF_A_ROLL = frozenset({"OSD_FLAGS", "DAEMON_OLD_VERSION", "OSD_UPGRADE_FINISHED"})
"""Checks of Ceph that a roll itself makes speak."""


class Cluster(Protocol):
    """What rolling asks of a storage cluster; each call may be repeated."""

    def faults(self, aside: frozenset[str] = frozenset()) -> list[str]:
        """What keeps it from being whole, without the checks named in `aside`."""

    def daemons(self) -> tuple[Daemon, ...]:
        """Every daemon of every host; raises `Unreachable` for a silent host."""

    def active_manager(self) -> str: ...

    def keep(self, rack: str) -> None:
        """Disks of the rack that stop are not declared lost, and the cluster itself remembers that it was us who asked."""

    def kept(self) -> str:
        """The rack that is kept so, by this roll or by one that was cut off; "" where none is."""

    def release(self, rack: str) -> None: ...

    def refuse_stop(self, disks: tuple[str, ...]) -> None:
        """Raises `GateNotMet` where data could not be read or written without these disks."""

    def restart(self, daemon: Daemon) -> None: ...


Prepare = Callable[[Turn], None]


@dataclass(frozen=True)
class Rolled:
    """`restarted` are names of daemons, in their order."""

    restarted: tuple[str, ...]
    turns: int
    seconds: float


@dataclass(frozen=True)
class Rolling:
    """One roll: `prepare` is done on a turn's hosts before its daemons are restarted (packages, say)."""

    cluster: Cluster
    clock: Clock
    on_line: OnLine
    prepare: Prepare = lambda _turn: None

    def run(self, wanted: Callable[[Daemon], bool]) -> Rolled:
        """Restarts the daemons that are `wanted`. Killed anywhere, the same call goes on.

        Raises `GateNotMet` where the cluster isn't whole before a turn, `ToolError` where it isn't after one; then no further is touched.
        """
        begun = self.clock.monotonic()
        self.forgotten()
        todo = [daemon for daemon in self.cluster.daemons() if wanted(daemon)]
        plan = tuple(turns(todo, self.cluster.active_manager())) if todo else ()
        for number, turn in enumerate(plan, 1):
            self._gate(turn)
            with self._kept(turn.rack):
                self.on_line(f"turn {number} of {len(plan)}: {turn.what}")
                self._take(turn)
        names = tuple(daemon.name for turn in plan for daemon in turn.daemons)
        return Rolled(names, len(plan), self.clock.monotonic() - begun)

    def forgotten(self) -> None:
        """Releases the rack that a roll which was cut off has kept."""
        if rack := self.cluster.kept():
            self.cluster.release(rack)
            self.on_line(f"rack {rack}: noout, left by a roll that was cut off, is taken back")

    def _gate(self, turn: Turn) -> None:
        if wrong := self._wait(lambda: self.cluster.faults(OF_A_ROLL - {"OSD_FLAGS"}), GATE):
            raise GateNotMet(
                f"the storage cluster is not whole, so {turn.what} is not restarted",
                details="\n".join(wrong),
                resolution="retailops hci status shows it; the same command goes on once it is whole.",
            )

    def _take(self, turn: Turn) -> None:
        self.prepare(turn)
        if turn.rack:
            self.cluster.refuse_stop(tuple(daemon.id for daemon in turn.daemons))
        for daemon in turn.daemons:
            self.cluster.restart(daemon)
        self._await_back(turn)

    @contextmanager
    def _kept(self, rack: str) -> Iterator[None]:
        if not rack:
            yield
            return
        self.cluster.keep(rack)
        try:
            yield
        finally:
            self.cluster.release(rack)

    def _await_back(self, turn: Turn) -> None:
        if left := self._wait(lambda: self._missing(turn), BACK):
            raise ToolError(
                f"{turn.what}: not back after {BACK:.0f} s; nothing further was restarted",
                details="\n".join(left),
                resolution="retailops hci status shows it; the same command goes on once it is whole.",
            )

    def _wait(self, missing: Callable[[], list[str]], patience: float) -> list[str]:
        """What is still missing after so many seconds; nothing as soon as nothing is."""
        end, told = self.clock.monotonic() + patience, ""
        while (left := missing()) and self.clock.monotonic() <= end:
            if left[0] != told:
                told = left[0]
                self.on_line(f"waiting: {told}")
            self.clock.sleep(EVERY)
        return left

    def _missing(self, turn: Turn) -> list[str]:
        try:
            found = {daemon.name: daemon for daemon in self.cluster.daemons()}
        except Unreachable as error:
            return [error.message]
        here = {daemon.name: found.get(daemon.name) for daemon in turn.daemons}
        for name, daemon in here.items():
            if daemon and daemon.failed:
                raise ToolError(
                    f"{name} on {daemon.host} does not start; nothing further was restarted",
                    details=daemon.failed,
                    resolution="The others serve on. Mend it on that host, then repeat the command.",
                )
        late = [name for name, daemon in here.items() if not _is_back(daemon)]
        return [f"{', '.join(late)} not back yet"] if late else self.cluster.faults(OF_A_ROLL)


def _is_back(daemon: Daemon | None) -> bool:
    return daemon is not None and daemon.ready and not daemon.behind
