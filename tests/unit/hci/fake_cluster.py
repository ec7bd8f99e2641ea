"""A storage cluster of memory that implements `rolling.Cluster`: what is restarted takes a while, and it can die before any call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from retailops.errors import GateNotMet
from retailops.hci.turns import Daemon


class Killed(BaseException):
    """The tool dies here; from then on it can do nothing at all, not even tidy up."""


class FakeCluster:
    """`log` has what was done; `slow` is how many looks a restarted daemon needs until it is back; `alive` calls are left."""

    def __init__(self, daemons: Iterable[Daemon], slow: int = 2, alive: int | None = None) -> None:
        self.all = {daemon.name: daemon for daemon in daemons}
        self.back: dict[str, int] = {}
        self.log: list[str] = []
        self.rack = ""
        self.wrong: list[str] = []
        self.unsafe: tuple[str, ...] = ()
        self.slow, self.alive = slow, alive

    def faults(self, aside: frozenset[str] = frozenset()) -> list[str]:
        self._step()
        flag = [f"noout is set for rack {self.rack}"] if self.rack and "OSD_FLAGS" not in aside else []
        return [*self.wrong, *(f"{name} is down" for name in self.back), *flag]

    def daemons(self) -> tuple[Daemon, ...]:
        self._step()
        for name in list(self.back):
            self.back[name] -= 1
            if self.back[name] <= 0:
                del self.back[name]
        return tuple(replace(each, ready=name not in self.back) for name, each in self.all.items())

    def active_manager(self) -> str:
        self._step()
        return "h1"

    def keep(self, rack: str) -> None:
        self._step()
        assert self.rack in ("", rack), "two racks at once"
        self.rack = rack
        self.log.append(f"keep {rack}")

    def kept(self) -> str:
        self._step()
        return self.rack

    def release(self, rack: str) -> None:
        self._step()
        assert rack == self.rack
        self.rack = ""
        self.log.append(f"release {rack}")

    def refuse_stop(self, disks: tuple[str, ...]) -> None:
        self._step()
        if found := set(disks) & set(self.unsafe):
            raise GateNotMet(f"{sorted(found)} may not stop now")

    def restart(self, daemon: Daemon) -> None:
        self._step()
        racks = {self.all[name].rack for name in self.back} - {daemon.rack}
        assert not racks, f"{daemon.name} is stopped while {self.back} are down"
        assert daemon.kind == "osd" or not self.back, "one monitor or manager at a time"
        assert daemon.kind != "osd" or self.rack == daemon.rack, "disks stop without noout"
        self.all[daemon.name] = replace(
            daemon, behind=(), version="16.2.16" if "packages" in daemon.behind else daemon.version
        )
        self.back[daemon.name] = self.slow
        self.log.append(f"restart {daemon.name}")

    def _step(self) -> None:
        if self.alive is not None:
            self.alive -= 1
            if self.alive < 0:
                raise Killed
