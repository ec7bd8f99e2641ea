"""Running a drill: the writer goes on while the fault comes and goes, and the fault is taken back whatever happens."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from retailops.errors import GateNotMet, RetailopsError, ToolError
from retailops.hci.drills import Drill, Stage, cast
from retailops.hci.standing import Standing
from retailops.ports import Json, OnLine, Reading

IMAGE = "retailops-drill"
BEFORE, HEALING = 60.0, 300.0
"""Seconds that a cluster may take to be whole, before a drill and after it."""


@dataclass(frozen=True)
class Ran:
    """One run. `broke` and `mended` are seconds from the first write, `healthy` those from the fault's end until all was whole.

    `flow` is what probe `volume_writer` answers.
    """

    drill: str
    what: str
    victim: str
    rack: str
    broke: float
    mended: float
    healthy: float
    limit: float
    version: str
    flow: Json

    @property
    def wrong(self) -> tuple[str, ...]:
        """What the drill was not to show; empty when it held."""
        found = []
        if self.flow["worst"] > self.limit:
            found.append(f"a write waited {self.flow['worst']:.1f} s; {self.limit:g} are allowed")
        for key, text in (
            ("failed", "writes failed"),
            ("lost", "acknowledged writes are lost"),
            ("wrong", "read otherwise"),
        ):
            if self.flow[key]:
                found.append(f"{self.flow[key]} {text}")
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "wrong": list(self.wrong)}


def run(standing: Standing, drill: Drill, rack: str | None, on_line: OnLine) -> Ran:
    """Raises `GateNotMet` where the cluster isn't whole before, `RetailopsError` where this world has no faults."""
    ports = standing.ports
    if ports.faults is None:
        raise RetailopsError(f"the world {ports.world} has no faults on purpose; drills are for a lab")
    try:
        standing.wait_healthy(BEFORE, on_line)
    except ToolError as error:
        raise GateNotMet(
            "the storage cluster is not whole, so a drill would prove nothing", details=error.details
        ) from error
    state = standing.state()
    victim, writer = cast(standing.hci, rack)
    stage = Stage(standing.hci, standing.hosts, ports.faults, ports.prober, state, victim, writer)
    asked = Reading("volume_writer", _writing(standing, stage, drill), timeout=drill.seconds + 120)
    with ThreadPoolExecutor(1) as pool:
        flow = pool.submit(ports.prober.read, stage.hosts[writer.id], asked)
        ports.clock.sleep(drill.lead)
        on_line(f"{drill.what}: {victim.id} in {victim.rack}")
        broke = ports.clock.now().timestamp()
        try:
            drill.break_it(stage)
            ports.clock.sleep(drill.hold)
        finally:
            drill.mend_it(stage)
        mended = ports.clock.now().timestamp()
        on_line("mended; waiting until all copies are there again")
        healthy = standing.wait_healthy(HEALING, on_line)
        said = flow.result()
    start, version = said["start"], _version(state)
    span = (broke - start, mended - start)
    return Ran(drill.name, drill.what, victim.id, victim.rack, *span, healthy, drill.worst, version, said)


def _version(state: Mapping[str, Json]) -> str:
    return "Ceph " + str(state["version"]).split()[2]


def _writing(standing: Standing, stage: Stage, drill: Drill) -> dict[str, Json]:
    pool = standing.hci.pools[0].id
    return {"monitor": stage.writer.id, "pool": pool, "image": IMAGE, "seconds": drill.seconds}
