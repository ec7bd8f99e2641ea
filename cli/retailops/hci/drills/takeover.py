"""A host with a machine is lost: the machine goes on elsewhere, and its volume was never written by two."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import tostring

from retailops.errors import GateNotMet, ToolError
from retailops.hci.drills.drill import Drill, Stage
from retailops.hci.drills.ran import Figure
from retailops.hci.machines.together import cluster
from retailops.ports import Json
from retailops.render.hci_cluster import RECORDER, kept_from_cut_off, members

NAME = "retailops-drill-machine"
STANDS_IN = "a machine: a program that writes numbered records to a volume"
PATIENCE, REFUSAL, EVERY = 300.0, 120.0, 2.0
BLOCKLISTED = errno.ESHUTDOWN
RECORDS = 5.0
"""Seconds of records that the machine writes before the fault and after it."""

_MACHINE = """<primitive id="{name}" class="ocf" provider="retailops" type="recorder">
<instance_attributes id="{name}-parameters"><nvpair id="{name}-pool" name="pool" value="{pool}"/>
<nvpair id="{name}-image" name="image" value="{name}"/></instance_attributes>
<operations><op id="{name}-start" name="start" interval="0s" timeout="90s"/>
<op id="{name}-monitor" name="monitor" interval="5s" timeout="60s"/></operations></primitive>"""
_BOTH = "<configuration><resources>{resources}</resources><constraints>{constraints}</constraints></configuration>"
_BEGINS = '<rsc_location id="{name}-begins" rsc="{name}" node="{host}" score="100"/>'


@dataclass(frozen=True)
class Machine:
    """The drill's machine, and the member through which it is made and asked about, which stands in another rack than the victim."""

    stage: Stage
    through: str

    def make(self) -> None:
        """On the victim, with a new volume."""
        self.remove()
        words = {"name": NAME, "pool": self.stage.pool, "host": self.stage.victim.id}
        kept = tostring(kept_from_cut_off(NAME), encoding="unicode")
        # In one step, or it starts before it is said where.
        text = _BOTH.format(resources=_MACHINE.format(**words), constraints=_BEGINS.format(**words) + kept)
        self._command("cibadmin", "--modify", "--allow-create", "--scope", "configuration", "--xml-text", text)
        self.wait(lambda hosts: hosts == [self.stage.victim.id], f"runs on {self.stage.victim.id}")

    def remove(self) -> None:
        for kind, name in (("rsc_location", f"{NAME}-begins"), ("rsc_location", f"kept-{NAME}"), ("primitive", NAME)):
            self._command("cibadmin", "--delete", "--xml-text", f'<{kind} id="{name}"/>', check=False)
        self.wait(lambda hosts: not hosts, "is gone")
        self._agent(self.through, "remove")

    def wait(self, enough: Callable[[list[str]], bool], what: str) -> float:
        """Seconds until the hosts on which it runs are enough."""
        clock = self.stage.standing.ports.clock
        begun = clock.monotonic()
        while not enough(self._hosts()):
            if clock.monotonic() - begun > PATIENCE:
                raise ToolError(
                    f"in {PATIENCE:g} s the drill's machine never {what}", resolution="retailops hci status"
                )
            clock.sleep(EVERY)
        return clock.monotonic() - begun

    def report(self) -> Mapping[str, Json]:
        """The lives that wrote the volume."""
        found: dict[str, Json] = json.loads(self._agent(self.through, "report"))
        return found

    def knock(self) -> int:
        """The error number with which storage answers a write from the victim; 0 where it took it."""
        return int(json.loads(self._agent(self.stage.victim.id, "knock"))["errno"])

    def _hosts(self) -> list[str]:
        known: dict[str, Any] = dict(cluster(self.stage.standing).get("resources", {}))
        return list(known.get(NAME, {"on": []})["on"])

    def _agent(self, host: str, action: str) -> str:
        words = [f"OCF_RESKEY_pool={self.stage.pool}", f"OCF_RESKEY_image={NAME}", RECORDER, action]
        return self._command("env", *words, host=host)

    def _command(self, *argv: str, host: str | None = None, check: bool = True) -> str:
        done = self.stage.standing.ran(host or self.through, argv, 120)
        if check and done["code"]:
            raise ToolError(f"{argv[0]} failed on {host or self.through}", details=str(done["stderr"])[-800:])
        return str(done["stdout"])


def machine(stage: Stage) -> Machine:
    together = members(stage.hci)
    if stage.victim not in together:
        raise GateNotMet(
            f"{stage.victim.id} belongs to no cluster that starts machines elsewhere",
            resolution="Give every host with the role machines a controller, then: retailops hci up",
        )
    return Machine(stage, next(host.id for host in together if host.rack != stage.victim.rack))


def ready(stage: Stage) -> None:
    machine(stage).make()
    stage.standing.ports.clock.sleep(RECORDS)


@contextmanager
def power_lost(stage: Stage) -> Iterator[None]:
    """Its controller sees it too, so both proofs can be had."""
    stage.faults.power_off(stage.victim.id)
    _elsewhere(stage)
    yield


@contextmanager
def lied_to(stage: Stage) -> Iterator[None]:
    """The host runs on behind a pulled cable while its controller says `Off`: only storage keeps its machine from the volume."""
    try:
        stage.faults.controller(stage.victim.id, "lying")
        stage.faults.unplug(stage.victim.rack)
        _elsewhere(stage)
        yield
        stage.faults.replug(stage.victim.rack)
        stage.figures.append(Figure("storage refused the host", _refused(stage), least=1))
    finally:
        stage.faults.replug(stage.victim.rack)
        stage.faults.controller(stage.victim.id, "honest")
        stage.faults.power_off(stage.victim.id)
        _noticed(stage)


def _noticed(stage: Stage) -> None:
    """The others miss the host, or its power would be given before they take it away."""
    clock = stage.standing.ports.clock
    end = clock.monotonic() + PATIENCE
    while cluster(stage.standing).get("hosts", {}).get(stage.victim.id, {}).get("online") and clock.monotonic() < end:
        clock.sleep(EVERY)


def _elsewhere(stage: Stage) -> None:
    made = machine(stage)
    waited = made.wait(lambda hosts: bool(hosts) and stage.victim.id not in hosts, "ran elsewhere")
    stage.on_line(f"the machine runs elsewhere after {waited:.0f} s")
    stage.standing.ports.clock.sleep(RECORDS)


def _refused(stage: Stage) -> bool:
    """Whether storage, which hears the host again, takes no write from it; a write that only fails proves nothing."""
    made, clock = machine(stage), stage.standing.ports.clock
    end = clock.monotonic() + REFUSAL
    while clock.monotonic() < end:
        with suppress(ToolError):
            if (said := made.knock()) in (0, BLOCKLISTED):
                return said == BLOCKLISTED
        clock.sleep(EVERY)
    return False


def measure(stage: Stage, _flow: Mapping[str, Json]) -> Iterator[Figure]:
    made = machine(stage)
    said = made.report()
    lives = said["lives"]
    yield Figure("lives of the machine", len(lives), least=2, most=2)
    yield Figure("records among another life's", said["mixed"], most=0)
    if len(lives) > 1:
        yield Figure("the machine did not run for", round(lives[1]["begun"] - lives[0]["ended"], 1), " s")
    made.remove()


DRILLS = (
    Drill(
        "takeover",
        "a host with a machine loses its power",
        power_lost,
        worst=20.0,
        hold=0.0,
        ready=ready,
        measure=measure,
        stands_in=STANDS_IN,
    ),
    Drill(
        "lie",
        "a host runs on unheard, and its controller says that it is off",
        lied_to,
        worst=20.0,
        hold=0.0,
        ready=ready,
        measure=measure,
        stands_in=STANDS_IN,
    ),
)
