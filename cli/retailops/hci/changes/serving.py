"""The storage cluster as rolling needs it, over the ports of a `Standing`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from retailops.errors import GateNotMet, ToolError
from retailops.hci.asking import at_once
from retailops.hci.changes.moving import command
from retailops.hci.changes.turns import Daemon
from retailops.hci.standing import Standing
from retailops.hci.status import health
from retailops.ports import Json, Reading

RECORD = "retailops/noout"
LOCK = ("flock", "-w", "60", "/run/retailops.lock")
RESTART = 120


@dataclass(frozen=True)
class Serving:
    """`rolling.Cluster` for real."""

    standing: Standing

    def faults(self, aside: frozenset[str] = frozenset()) -> list[str]:
        return health.faults(self.standing.state(), aside)

    def daemons(self) -> tuple[Daemon, ...]:
        hosts, ask = self.standing.own, self.standing.ports.prober.read
        racks = {host.id: host.rack for host in self.standing.hci.hosts}
        answers = at_once(hosts, lambda name: ask(hosts[name], Reading("ceph_daemons", timeout=60)))
        return tuple(_daemon(said, name, racks[name]) for name, answer in answers.items() for said in answer["daemons"])

    def active_manager(self) -> str:
        return str(json.loads(command(self.standing, "mgr", "stat", "-f", "json"))["active_name"])

    def keep(self, rack: str) -> None:
        """Remembered first: of a flag that nobody remembers nobody knows whose it is."""
        command(self.standing, "config-key", "set", RECORD, rack)
        command(self.standing, "osd", "set-group", "noout", rack)

    def kept(self) -> str:
        return str(self.standing.state().get("kept", ""))

    def release(self, rack: str) -> None:
        """A rack that is gone from fleet.yaml may be gone from the cluster too, and its flag with it."""
        forgiven = () if rack in [each.id for each in self.standing.hci.racks] else (ToolError,)
        with suppress(*forgiven):
            command(self.standing, "osd", "unset-group", "noout", rack)
        command(self.standing, "config-key", "rm", RECORD)

    def refuse_stop(self, disks: tuple[str, ...]) -> None:
        try:
            command(self.standing, "osd", "ok-to-stop", *disks)
        except ToolError as error:
            names = ", ".join(f"osd.{disk}" for disk in disks)
            raise GateNotMet(
                f"{names} may not stop now",
                details=error.details,
                resolution="Wait until retailops hci status shows every copy in place, then repeat the command.",
            ) from error

    def restart(self, daemon: Daemon) -> None:
        """Systemd counts starts and refuses the fourth in half an hour; these are on purpose."""
        self._on(daemon.host, "systemctl", "reset-failed", daemon.unit)
        self._on(daemon.host, *LOCK, "systemctl", "restart", daemon.unit)

    def _on(self, host: str, *argv: str) -> None:
        self.standing.must(host, argv, RESTART)


def _daemon(said: Mapping[str, Json], host: str, rack: str) -> Daemon:
    behind = tuple(str(each) for each in said["behind"])
    name, state = (said["kind"], said["id"], host, rack, said["unit"]), (said["version"], said["ready"])
    return Daemon(*name, *state, behind, said["failed"])
