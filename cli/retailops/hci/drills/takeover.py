"""A host with a machine is lost: the machine goes on elsewhere, and its volume was never written by two."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import tostring

from retailops.errors import GateNotMet, ToolError
from retailops.hci.drills.drill import Drill, Stage
from retailops.hci.drills.ran import Figure
from retailops.hci.together import cluster
from retailops.ports import Json, Reading
from retailops.render.hci_cluster import RECORDER, kept_from_cut_off, members

NAME = "retailops-drill-machine"
PATIENCE, EVERY = 300.0, 2.0
RECORDS = 5.0
"""Seconds of records that the machine writes before the fault and after it."""

_MACHINE = """<primitive id="{name}" class="ocf" provider="retailops" type="recorder">
<instance_attributes id="{name}-parameters"><nvpair id="{name}-pool" name="pool" value="{pool}"/>
<nvpair id="{name}-image" name="image" value="{name}"/></instance_attributes>
<operations><op id="{name}-start" name="start" interval="0s" timeout="90s"/>
<op id="{name}-monitor" name="monitor" interval="5s" timeout="60s"/></operations></primitive>"""
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
        self._command("cibadmin", "--create", "--scope", "resources", "--xml-text", _MACHINE.format(**words))
        for constraint in (_BEGINS.format(**words), tostring(kept_from_cut_off(NAME), encoding="unicode")):
            self._command("cibadmin", "--create", "--scope", "constraints", "--xml-text", constraint)
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

    def refused(self) -> Mapping[str, Json]:
        """What ended its life on the victim, as the victim knows; empty before."""
        return json.loads(self._agent(self.stage.victim.id, "refused")) or {}

    def _hosts(self) -> list[str]:
        known: dict[str, Any] = dict(cluster(self.stage.standing).get("resources", {}))
        return list(known.get(NAME, {"on": []})["on"])

    def _agent(self, host: str, action: str) -> str:
        words = [f"OCF_RESKEY_pool={self.stage.pool}", f"OCF_RESKEY_image={NAME}", RECORDER, action]
        return self._command("env", *words, host=host)

    def _command(self, *argv: str, host: str | None = None, check: bool = True) -> str:
        asked = Reading("command", {"argv": list(argv), "timeout": 120}, timeout=140)
        done = self.stage.prober.read(self.stage.hosts[host or self.through], asked)
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
    made = machine(stage)
    try:
        stage.faults.power_off(stage.victim.id)
        _elsewhere(stage, made)
        yield
    finally:
        stage.faults.power_on(stage.victim.id)
        _joined(stage)
    _judge(stage, made)


@contextmanager
def lied_to(stage: Stage) -> Iterator[None]:
    """The host runs on behind a pulled cable while its controller says `Off`: only storage keeps its machine from the volume."""
    made, rack = machine(stage), stage.victim.rack
    try:
        stage.faults.controller(stage.victim.id, "lying")
        stage.faults.unplug(rack)
        _elsewhere(stage, made)
        yield
        stage.faults.replug(rack)
        _refused(stage, made)
    finally:
        stage.faults.replug(rack)
        stage.faults.controller(stage.victim.id, "honest")
        for host in (each.id for each in members(stage.hci) if each.rack == rack):
            stage.faults.power_off(host)
            stage.faults.power_on(host)
        _joined(stage)
    _judge(stage, made)


def _elsewhere(stage: Stage, made: Machine) -> None:
    waited = made.wait(lambda hosts: bool(hosts) and stage.victim.id not in hosts, "ran elsewhere")
    stage.on_line(f"the machine runs elsewhere after {waited:.0f} s")
    stage.standing.ports.clock.sleep(RECORDS)


def _refused(stage: Stage, made: Machine) -> None:
    """The old life, back on the network, is told by storage that it is over."""
    clock = stage.standing.ports.clock
    end = clock.monotonic() + PATIENCE
    while clock.monotonic() < end:
        try:
            if said := made.refused():
                stage.on_line(f"the machine that ran on was refused: {said['error']}")
                stage.figures.append(Figure("old machine refused by storage", 1, least=1))
                return
        except ToolError:
            pass
        clock.sleep(EVERY)
    stage.figures.append(Figure("old machine refused by storage", 0, least=1))


def _joined(stage: Stage) -> None:
    """The victim is back among the others, who all stay up meanwhile."""
    clock = stage.standing.ports.clock
    end = clock.monotonic() + PATIENCE
    while not cluster(stage.standing).get("hosts", {}).get(stage.victim.id, {}).get("online"):
        if clock.monotonic() > end:
            raise ToolError(f"{stage.victim.id} did not join again", resolution="retailops hci status")
        clock.sleep(EVERY)


def _judge(stage: Stage, made: Machine) -> None:
    said = made.report()
    lives = said["lives"]
    stage.figures.append(Figure("lives of the machine", len(lives), least=2, most=2))
    stage.figures.append(Figure("records among another life's", said["mixed"], most=0))
    if len(lives) > 1:
        gap = lives[1]["begun"] - lives[0]["ended"]
        stage.figures.append(Figure("the machine did not run for", round(gap, 1), " s"))
    made.remove()


DRILLS = (
    Drill("takeover", "a host with a machine loses its power", power_lost, worst=20.0, hold=0.0, ready=ready),
    Drill(
        "lie",
        "a host runs on unheard, and its controller says that it is off",
        lied_to,
        worst=20.0,
        hold=0.0,
        ready=ready,
    ),
)
