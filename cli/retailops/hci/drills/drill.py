"""What a drill is: a fault that is given and taken back, who is hit, and what the run is held to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from retailops.errors import UsageError
from retailops.hci.drills.ran import Figure, Ran, writes_went_on
from retailops.hci.mirror.pair import Pair
from retailops.hci.standing import Standing
from retailops.model.hosts import Hci, Host
from retailops.ports import Faults, Json, OnLine, Prober
from retailops.ports import Host as Reached


@dataclass(frozen=True)
class Stage:
    """Whom a fault hits and who watches; `state` is the cluster's before it, `writer` a monitor's host in another rack than `victim`.

    What a drill measures itself it appends to `figures`; `times` (UTC, seconds) part the writer's waits into spans;
    `pair` is there where volumes are mirrored.
    """

    standing: Standing
    hosts: Mapping[str, Reached]
    faults: Faults
    state: Mapping[str, Json]
    victim: Host
    writer: Host
    on_line: OnLine
    figures: list[Figure] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    pair: Pair | None = None

    @property
    def hci(self) -> Hci:
        return self.standing.hci

    @property
    def prober(self) -> Prober:
        return self.standing.ports.prober

    @property
    def pool(self) -> str:
        """Where records are written."""
        return self.hci.pools[0].id

    def part(self) -> None:
        """From now on it is another span."""
        self.times.append(self.standing.ports.clock.now().timestamp())


Fault = Callable[[Stage], AbstractContextManager[None]]
"""Entered, the fault is there; left, it is gone, even where giving it failed half way."""


def cast(hci: Hci, rack: str | None) -> tuple[Host, Host]:
    """(victim, writer): the victim holds disks and a monitor where that can be; the writer is a monitor's host in another rack."""
    monitors = hci.with_role("monitor")
    victims = [host for host in (*monitors, *hci.with_role("storage")) if host.disks and rack in (None, host.rack)]
    if not victims:
        raise UsageError(
            f"no host with disks stands in rack {rack}", resolution="retailops hci status shows the racks."
        )
    writers = [host for host in reversed(monitors) if host.rack != victims[0].rack]
    if not writers:
        raise UsageError(
            "every monitor stands in the rack that the drill hits", resolution="Give a monitor to another rack."
        )
    return victims[0], writers[0]


def nothing_first(_stage: Stage) -> None:
    """The cluster as it is will do."""


def nothing_more(_stage: Stage, _flow: Mapping[str, Json]) -> Iterable[Figure]:
    """The waits say it all."""
    return ()


@dataclass(frozen=True)
class Drill:
    """`worst` is the longest wait of a write in seconds, `median` that of the runs' worst waits; None where a drill has no such limit.

    `lead` and `rest` are the seconds of writing before the fault and after it, `hold` those that it lasts once it is given;
    `ready` is done before the first write, `measure` makes figures of what the writer saw, `judge` says what is wrong with a run.
    With `within` the victim's own host writes too, and it makes figures of what that one saw.
    `healing` is how long the cluster may take to be whole again. `stands_in` says what stood in for what, where the fault is not the real one.
    """

    name: str
    what: str
    fault: Fault
    worst: float | None
    median: float | None = None
    lead: float = 5.0
    hold: float = 20.0
    rest: float = 10.0
    healing: float = 300.0
    ready: Callable[[Stage], None] = nothing_first
    measure: Callable[[Stage, Mapping[str, Json]], Iterable[Figure]] = nothing_more
    within: Callable[[Stage, Mapping[str, Json]], Iterable[Figure]] | None = None
    judge: Callable[[Ran], Iterable[str]] = writes_went_on
    cast: Callable[[Hci, str | None], tuple[Host, Host]] = cast
    stands_in: str = ""
