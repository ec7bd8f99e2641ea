"""A site is lost: the other one takes over with what its copies hold, and gives back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from retailops.errors import GateNotMet, ToolError, UsageError
from retailops.hci.drills.drill import Drill, Stage
from retailops.hci.drills.ran import Figure, nothing_lost
from retailops.hci.mirror.copies import Mirrored, faults, limit, volumes
from retailops.hci.mirror.pair import ENTITY, Pair
from retailops.hci.mirror.sites import MAIN, RECOVERY
from retailops.hci.mirror.takeover import promote, promotion, resync, stale, switchover
from retailops.ports import Json, Reading

VOLUME = "retailops-mirror-drill"
RPO = 300.0
"""Seconds of writes that a disaster may cost."""
LONGEST, AFTERWARDS = 1500.0, 10.0
"""Seconds of writing at most before the site is lost, and of writing at the other one before it gives back."""
UNCOPIED = 15.0
"""Seconds of writing past a copied snapshot, so that there is something to lose."""


def pair_of(stage: Stage) -> Pair:
    if stage.pair is None or stage.standing.chain != stage.pair.sites[MAIN].chain:
        raise UsageError(
            "drill mirror takes the main site away, and needs hci.mirror in fleet.yaml",
            resolution="docs/how-to/mirror-to-another-site.md shows how.",
        )
    return stage.pair


def ready(stage: Stage) -> None:
    """Both sites are as they should be; a volume that an earlier drill left is taken away."""
    pair = pair_of(stage)
    _records(pair, MAIN, "remove")
    lines = [line for line in faults(pair.states(), _now(pair), limit(pair.minutes)) if VOLUME not in line]
    if lines:
        raise GateNotMet("the mirror is not whole, so a drill would prove nothing", details="\n".join(lines))


@contextmanager
def lost_and_back(stage: Stage) -> Iterator[None]:
    """All of it is in here: the site goes, is taken over, comes back, and is given back to."""
    pair, racks = pair_of(stage), sorted({host.rack for host in stage.hci.hosts})
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(_records, pair, MAIN, "write", LONGEST)
        try:
            _await_copy(stage, pair, writing)
            broke = _now(pair)
            for rack in racks:
                stage.faults.unplug(rack)
            stage.on_line("the main site is gone")
            _take_over(stage, pair, broke, writing)
            yield
        finally:
            for rack in racks:
                stage.faults.replug(rack)
    stage.standing.wait_healthy(300.0, stage.on_line)
    _give_back(stage, pair)


def _await_copy(stage: Stage, pair: Pair, writing: Future[dict[str, Json]]) -> None:
    """Until a snapshot that the schedule took, of records already written, is whole at the other site."""
    clock, begun = stage.standing.ports.clock, _now(pair)
    while (found := _drilled(pair)) is None or found.behind is None or _now(pair) - found.behind < begun + UNCOPIED:
        if writing.done():
            raise ToolError("the records could not be written", details=str(writing.result()))
        if _now(pair) - begun > 2 * limit(pair.minutes):
            raise ToolError("no snapshot of the drill's volume came over", resolution="retailops hci mirror status")
        clock.sleep(5.0)
    clock.sleep(UNCOPIED)


def _take_over(stage: Stage, pair: Pair, broke: float, writing: Future[dict[str, Json]]) -> None:
    states = pair.states()
    copied = _drilled(pair)
    point = _now(pair) - copied.behind if copied and copied.behind is not None else 0.0
    promote(pair, states, promotion(states, _now(pair), RECOVERY, force=False), stage.on_line)
    taken = _now(pair) - broke
    found, wrote = _records(pair, RECOVERY, "read"), writing.result()
    stage.figures.extend(
        [
            Figure("writes lost with the site (RPO)", round(broke - found["at"], 1), " s", most=RPO),
            Figure("records lost with the site", wrote["last"] - found["last"]),
            Figure("records missing that were written before the snapshot", float(found["at"] < point - 1), most=0),
            Figure("records missing in between, or read otherwise", found["holes"] + found["wrong"], most=0),
            Figure("from the loss until the other site could be written", round(taken, 1), " s"),
        ]
    )
    more = _records(pair, RECOVERY, "write", AFTERWARDS)
    stage.on_line(
        f"the other site holds records 0 to {found['last']} of {wrote['last']}, and goes on to {more['last']}"
    )


def _give_back(stage: Stage, pair: Pair) -> None:
    begun = _now(pair)
    states = pair.states()
    two = stale(states, begun, MAIN)
    stage.figures.append(Figure("two histories are named", float(VOLUME in {each.name for each in two}), least=1))
    resync(pair, states, MAIN, two, stage.on_line)
    before = _records(pair, RECOVERY, "read")
    switchover(pair, MAIN, stage.on_line)
    found = _records(pair, MAIN, "read")
    stage.figures.extend(
        [
            Figure("records of the other site missing after the return", before["last"] - found["last"], most=0),
            Figure("records read otherwise after the return", found["holes"] + found["wrong"], most=0),
            Figure("from the site's return until it was written again", round(_now(pair) - begun, 1), " s"),
        ]
    )
    _records(pair, MAIN, "remove")


def _drilled(pair: Pair) -> Mirrored | None:
    return next((each for each in volumes(pair.states(), _now(pair)) if each.name == VOLUME), None)


def _records(pair: Pair, site: str, do: str, seconds: float = 0.0) -> dict[str, Json]:
    """What probe `mirror_records` answers at a site."""
    standing = pair.sites[site]
    host = standing.hci.with_role("monitor")[0].id
    args: Mapping[str, Json] = {
        **{"do": do, "monitor": host, "entity": ENTITY, "pool": pair.pools[0], "image": VOLUME},
        "seconds": seconds,
    }
    return standing.ports.prober.read(standing.hosts[host], Reading("mirror_records", args, timeout=seconds + 300.0))


def _now(pair: Pair) -> float:
    return pair.sites[MAIN].ports.clock.now().timestamp()


DRILL = Drill(
    "mirror",
    "the main site is lost, the other one takes over and gives back",
    lost_and_back,
    worst=None,
    hold=0.0,
    healing=600.0,
    ready=ready,
    judge=nothing_lost,
)
