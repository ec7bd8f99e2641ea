"""A storage cluster of memory: `rolling.Cluster` and `upgrading.Software`. What is restarted takes a while; it can die before any call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from retailops.errors import GateNotMet
from retailops.hci.changes.turns import Daemon
from retailops.hci.changes.versions import Packages, upstream

BEHIND = ("configuration",)


def daemons(behind: tuple[str, ...] = BEHIND) -> tuple[Daemon, ...]:
    """Six hosts in three racks, a disk in each, monitors and managers on the first of each rack."""
    hosts = {f"h{n}": f"r{(n + 1) // 2}" for n in range(1, 7)}
    found = [
        Daemon(kind, host, host, hosts[host], f"ceph-{kind}@{host}.service", "16.2.15", True, behind)
        for kind in ("mgr", "mon")
        for host in ("h1", "h3", "h5")
    ]
    disks = [
        Daemon("osd", str(n), host, rack, f"ceph-osd@{n}.service", "16.2.15", True, behind)
        for n, (host, rack) in enumerate(hosts.items())
    ]
    return (*disks, *found)


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
        self.broken: dict[str, str] = {}
        self.slow, self.alive = slow, alive
        self.hosts = {each.host: "16.2.15-1" for each in self.all.values()}
        self.newest, self.required = "16.2.15-1", "pacific"

    def faults(self, aside: frozenset[str] = frozenset()) -> list[str]:
        self._look()
        flag = [f"noout is set for rack {self.rack}"] if self.rack and "OSD_FLAGS" not in aside else []
        return [*self.wrong, *(f"{name} is down" for name in self.back), *flag]

    def daemons(self) -> tuple[Daemon, ...]:
        self._look()
        return tuple(
            replace(each, ready=name not in self.back, failed=self.broken.get(name, "") if name in self.back else "")
            for name, each in self.all.items()
        )

    def _look(self) -> None:
        self._step()
        self.back = {name: looks - 1 for name, looks in self.back.items() if looks > 1}

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
        self.all[daemon.name] = replace(daemon, behind=(), version=upstream(self.hosts[daemon.host]))
        self.back[daemon.name] = self.slow
        self.log.append(f"restart {daemon.name}")

    def packages(self) -> Mapping[str, Packages]:
        self._step()
        return {
            host: Packages({"ceph-osd": version}, {"ceph-osd": self.newest}) for host, version in self.hosts.items()
        }

    def install(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        """Host by host; it can die between two."""
        for host, versions in wanted.items():
            self._step()
            self.hosts[host] = versions["ceph-osd"]
            self.log.append(f"install {host}")
            for name, each in self.all.items():
                if each.host == host:
                    self.all[name] = replace(each, behind=("packages",))

    def oldest(self) -> str:
        self._step()
        return self.required

    def require(self, release: str) -> None:
        self._step()
        assert {each.version for each in self.all.values() if each.kind == "osd"} == {upstream(self.newest)}
        self.required = release
        self.log.append(f"require {release}")

    def _step(self) -> None:
        if self.alive is not None:
            self.alive -= 1
            if self.alive < 0:
                raise Killed
