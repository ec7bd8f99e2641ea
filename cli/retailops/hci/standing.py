"""The hyperconverged hosts of a fleet, and what can be done with them through the ports."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from retailops.errors import RetailopsError, ToolError, Unreachable
from retailops.hci.act import provision, unite
from retailops.hci.decide import decide, decide_machines
from retailops.hci.facts import cluster_state, read_ground, see_disks
from retailops.hci.machines.running import MachineFacts, read_machines
from retailops.hci.machines.starting import run_machines
from retailops.hci.status import reach
from retailops.hci.status.disks import Disk, Seen, astray, described, down
from retailops.hci.status.health import spared, wait_healthy
from retailops.hci.wanted import HostWanted, hosts_wanted
from retailops.model.hosts import Hci
from retailops.plan import Action, Noop
from retailops.ports import Host, Json, OnLine, PlayResult, Ports, Reading
from retailops.render.hci import Other
from retailops.render.hci_cluster import members

LOCK = "hci"


@dataclass(frozen=True)
class Standing:
    """What is described, and the world that it stands in; `root` is the fleet repository's folder, where images lie."""

    hci: Hci
    chain: str
    ports: Ports
    other: Other | None = None
    root: Path = Path()

    @cached_property
    def wanted(self) -> tuple[HostWanted, ...]:
        return hosts_wanted(self.hci, self.chain, self.other)

    @property
    def hosts(self) -> Mapping[str, Host]:
        """Raises `RetailopsError` where there are none."""
        if self.ports.ground is None:
            raise RetailopsError(
                f"the world {self.ports.world} has no hyperconverged hosts", resolution="retailops lab up --hci"
            )
        return self.ports.ground.hosts()

    @property
    def own(self) -> dict[str, Host]:
        """Those of `hosts` that this site describes, in its order; the ground may have another site's too."""
        hosts = self.hosts
        return {each.id: hosts[each.id] for each in self.hci.hosts if each.id in hosts}

    @contextmanager
    def alone(self, doing: str) -> Iterator[None]:
        """Nobody else acts on these hosts meanwhile; raises `Locked` with who does."""
        lock = self.ports.locks.take(LOCK, doing)
        try:
            yield
        finally:
            lock.release()

    def plan(self) -> tuple[Action | Noop, ...]:
        ground = read_ground(self.ports.prober, self.wanted, self.hosts)
        machines = decide_machines(self.hci, self.machines()) if self.hci.machines else ()
        return (*decide(self.wanted, ground), *machines)

    def provision(self, on_line: OnLine) -> PlayResult:
        """Brings every host that answers to what is wanted.

        Raises `GateNotMet` before anything is touched where a disk isn't where fleet.yaml has it, and `PartialFailure` at the end
        where a host did not answer.
        """
        silent = reach.silent(self.require_disks())
        reach.refuse_headless(self.hci, silent, self.state)
        boxes = tuple(box for box in self.wanted if box.name not in silent)
        try:
            result = provision(self.ports.configurator, boxes, self.hosts, on_line)
        except Unreachable as error:
            raise reach.rest_done(error.message) from error
        if silent:
            raise reach.rest_done(f"{', '.join(silent)} can't be reached over SSH")
        return result

    @property
    def disks(self) -> tuple[Disk, ...]:
        return described(self.hci, self.chain)

    def see(self, names: Collection[str] | None = None) -> Seen:
        """The disks that are in the hosts `names`, or in all of them."""
        hosts = [host.id for host in self.hci.hosts] if names is None else names
        return see_disks(self.ports.prober, hosts, self.hosts, [disk.path for disk in self.disks])

    def require_disks(self) -> Seen:
        """What every host has; raises `GateNotMet` where a disk isn't where fleet.yaml has it."""
        seen = self.see()
        reach.refuse_astray(tuple(astray(self.disks, seen)))
        return seen

    def down(self, state: Mapping[str, Json]) -> tuple[str, ...]:
        """What became of each disk that is down, found by asking its host."""
        hosts = {osd["host"] for osd in state.get("osds", ()) if not osd["up"]}
        return tuple(down(self.disks, state["osds"], self.see(sorted(hosts)))) if hosts else ()

    def run_machines(self, on_line: OnLine) -> PlayResult | None:
        """Brings up the machines that are described; None where none are."""
        if not self.hci.machines:
            return None
        return run_machines(self.ports.configurator, self.hci, self.chain, self.root, self.hosts, on_line)

    def unite(self, on_line: OnLine) -> PlayResult | None:
        """Lets hosts take over each other's machines; None where they are no cluster.

        Raises `RetailopsError` for a controller's password that can't be opened.
        """
        if not members(self.hci):
            return None
        passwords = {
            host.id: self.ports.secrets.file(host.controller.password)
            for host in members(self.hci)
            if host.controller is not None
        }
        return unite(self.ports.configurator, self.wanted, self.hosts, passwords, on_line)

    def machines(self) -> MachineFacts:
        return read_machines(self.ports.prober, self.hci, self.hosts)

    def ran(self, host: str, argv: Sequence[str], patience: float) -> Mapping[str, Json]:
        """What probe `command` answers of a program on a host, which may take `patience` seconds. Raises `Unreachable`, `ToolError`."""
        asked = Reading("command", {"argv": list(argv), "timeout": patience}, timeout=patience + 10)
        return self.ports.prober.read(self.hosts[host], asked)

    def must(self, host: str, argv: Sequence[str], patience: float, failed: str = "") -> str:
        """What a program prints that has to succeed; raises `ToolError` with its last words, under `failed` or its own name, where it does not."""
        done = self.ran(host, argv, patience)
        if done["code"]:
            raise ToolError(failed or f"{host}: {' '.join(argv)} failed", details=str(done["stderr"])[-800:])
        return str(done["stdout"])

    def state(self, watch: float = 0.0) -> Mapping[str, Json]:
        """What the cluster says of itself, once every group is clean or `watch` seconds have passed; empty where nobody answers."""
        return cluster_state(self.ports.prober, self.wanted, self.hosts, watch)

    def answer(self) -> Mapping[str, Json]:
        """The same; raises `ToolError` where nobody answers."""
        if state := self.state():
            return state
        raise self.silence()

    @staticmethod
    def silence() -> ToolError:
        return ToolError(
            "no monitor of the storage cluster answers",
            resolution="A majority of the hosts that have the role monitor must be up; retailops hci plan shows which are not.",
        )

    def wait_healthy(
        self, patience: float, on_line: OnLine, leaving: Collection[str] = (), watch: float = 0.0
    ) -> float:
        """Seconds until it was whole but for hosts `leaving`; raises `ToolError` with what still is wrong.

        With `watch` the cluster is asked once for so many seconds of waiting, which costs its hosts least.
        """
        return wait_healthy(lambda: spared(self.state(watch), leaving), self.ports.clock, patience, on_line)
