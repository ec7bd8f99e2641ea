"""The packages of hosts as an upgrade needs them, over the ports of a `Standing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from retailops.errors import RetailopsError
from retailops.hci.asking import at_once
from retailops.hci.changes.moving import command
from retailops.hci.changes.versions import Packages
from retailops.hci.standing import Standing
from retailops.ports import OnLine, Play, Reading

PLAYBOOK = "hci_upgrade"


@dataclass(frozen=True)
class HostsSoftware:
    """`upgrading.Software` for real, where Ceph comes in Debian packages."""

    standing: Standing
    on_line: OnLine

    def packages(self) -> Mapping[str, Packages]:
        """Raises `RetailopsError` where Ceph runs in containers."""
        if self.standing.hci.backend != "packages":
            raise RetailopsError(
                "these hosts run Ceph in containers, whose versions are cephadm's",
                resolution="ceph orch upgrade start --image IMAGE keeps the same order.",
            )
        hosts, ask = self.standing.own, self.standing.ports.prober.read
        self._play({name: {} for name in hosts})
        answers = at_once(hosts, lambda name: ask(hosts[name], Reading("ceph_packages")))
        return {name: Packages(said["installed"], said["candidate"]) for name, said in answers.items()}

    def install(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        self._play(wanted)

    def oldest(self) -> str:
        return str(self.standing.answer()["release"])

    def require(self, release: str) -> None:
        command(self.standing, "osd", "require-osd-release", release)

    def _play(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        groups = {"hci": tuple(self.standing.hosts[host] for host in wanted)}
        variables = {
            host: {"packages": [f"{name}={version}" for name, version in versions.items()]}
            for host, versions in wanted.items()
        }
        self.standing.ports.configurator.play(Play(PLAYBOOK, groups, {}, variables), self.on_line)
