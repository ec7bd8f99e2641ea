"""Running a drill: the writer goes on while the fault comes and goes and until all is whole again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from retailops.errors import GateNotMet, ToolError
from retailops.hci.drills.drill import Drill, Stage
from retailops.hci.drills.mending import faults_of
from retailops.hci.drills.ran import Ran
from retailops.hci.drills.returning import bring_back
from retailops.hci.mirror.pair import Pair
from retailops.hci.standing import Standing
from retailops.ports import Faults, Json, OnLine, Reading

IMAGE = "retailops-drill"
STOP = "/run/retailops-drill.stop"
BEFORE = 60.0
"""Seconds that a cluster may take to be whole before a drill."""
LONGEST = 1800.0
"""Seconds after which the writer ends by itself, should nobody be left to end it."""


def run(standing: Standing, drill: Drill, rack: str | None, on_line: OnLine, pair: Pair | None = None) -> Ran:
    """Raises `GateNotMet` where the cluster isn't whole before, `RetailopsError` where this world has no faults."""
    ports = standing.ports
    stage = replace(_stage(standing, faults_of(standing), drill, rack, on_line), pair=pair)
    drill.ready(stage)
    writers = {stage.writer.id: IMAGE, **({stage.victim.id: f"{IMAGE}-within"} if drill.within else {})}
    with ThreadPoolExecutor(len(writers)) as pool:
        answers = [
            pool.submit(ports.prober.read, stage.hosts[host], _writing(stage, host, image))
            for host, image in writers.items()
        ]
        try:
            ports.clock.sleep(drill.lead)
            on_line(f"{drill.what}: {stage.victim.id} in {stage.victim.rack}")
            stage.part()
            with drill.fault(stage):
                ports.clock.sleep(drill.hold)
            stage.part()
            bring_back(standing, stage.faults, on_line)
            on_line("mended; waiting until all copies are there again")
            healthy = standing.wait_healthy(drill.healing, on_line)
            ports.clock.sleep(max(0.0, drill.rest - healthy))
        finally:
            for host in writers:
                _stop(stage, host)
        flow, *within = (answer.result() for answer in answers)
    stage.figures.extend(drill.measure(stage, flow))
    for each in within:
        stage.figures.extend(drill.within(stage, each) if drill.within else ())
    broke, mended = (max(0.0, time - flow["start"]) for time in (stage.times[0], stage.times[-1]))
    ran = Ran(
        drill.name,
        drill.what,
        stage.victim.id,
        stage.victim.rack,
        broke,
        mended,
        healthy,
        drill.worst,
        _version(stage.state),
        flow,
        tuple(stage.figures),
    )
    return replace(ran, found=tuple(drill.judge(ran)))


def _stage(standing: Standing, faults: Faults, drill: Drill, rack: str | None, on_line: OnLine) -> Stage:
    try:
        standing.wait_healthy(BEFORE, on_line)
    except ToolError as error:
        raise GateNotMet(
            "the storage cluster is not whole, so a drill would prove nothing",
            details=error.details,
            resolution="retailops hci drill --mend takes back what a drill that was killed has left.",
        ) from error
    victim, writer = drill.cast(standing.hci, rack)
    return Stage(standing, standing.hosts, faults, standing.state(), victim, writer, on_line)


def _stop(stage: Stage, host: str) -> None:
    """The writer ends, and tells of the spans."""
    script = 'printf %s "$1" >"$2.new" && mv "$2.new" "$2"'
    argv = ["sh", "-c", script, "sh", json.dumps(stage.times), STOP]
    stage.prober.read(stage.hosts[host], Reading("command", {"argv": argv}))


def _version(state: Mapping[str, Json]) -> str:
    return "Ceph " + str(state["version"]).split()[2]


def _writing(stage: Stage, host: str, image: str) -> Reading:
    asked = {"monitor": host, "pool": stage.pool, "image": image, "seconds": LONGEST, "stop": STOP}
    return Reading("volume_writer", asked, timeout=LONGEST + 120)
