"""The drills: each a fault on purpose while records are written, with the limits that it is held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from retailops.errors import UsageError
from retailops.model.hosts import Hci, Host
from retailops.model.values import nearest
from retailops.ports import Faults, Json, Prober, Reading
from retailops.ports import Host as Reached


@dataclass(frozen=True)
class Stage:
    """Whom a fault hits and who watches: `rack` and `victim` of the fault, `writer` a monitor's host elsewhere."""

    hci: Hci
    hosts: Mapping[str, Reached]
    faults: Faults
    prober: Prober
    state: Mapping[str, Json]
    victim: Host
    writer: Host


Act = Callable[[Stage], None]


@dataclass(frozen=True)
class Drill:
    """`worst` is the longest wait allowed, in seconds; `lead`, `hold` and `rest` are seconds before, in and after the fault."""

    name: str
    what: str
    worst: float
    break_it: Act
    mend_it: Act
    lead: float = 5.0
    hold: float = 20.0
    rest: float = 10.0

    @property
    def seconds(self) -> float:
        return self.lead + self.hold + self.rest


def drill(name: str) -> Drill:
    """The drill of this name; `UsageError` with the names there are."""
    known = {each.name: each for each in DRILLS}
    if name not in known:
        raise UsageError(f"no drill {name!r}{nearest(name, known)}", resolution=f"The drills: {', '.join(known)}")
    return known[name]


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


def _kill_process(stage: Stage) -> None:
    number = next(osd["id"] for osd in stage.state["osds"] if osd["host"] == stage.victim.id)
    argv = ["systemctl", "kill", "--signal=KILL", f"ceph-osd@{number}.service"]
    stage.prober.read(stage.hosts[stage.victim.id], Reading("command", {"argv": argv}))


def _split(stage: Stage) -> None:
    others = tuple(dict.fromkeys(host.rack for host in stage.hci.hosts if host.rack != stage.victim.rack))
    stage.faults.split((stage.victim.rack,), others)


def _nothing(_stage: Stage) -> None:
    """What was killed is started again by its own host."""


DRILLS = (
    Drill("process", "the process of one disk is killed", 2.0, _kill_process, _nothing, hold=5.0),
    Drill(
        "host",
        "a host with its disks and monitor loses its power",
        20.0,
        lambda stage: stage.faults.power_off(stage.victim.id),
        lambda stage: stage.faults.power_on(stage.victim.id),
    ),
    Drill(
        "rack",
        "a rack with its monitor is unplugged",
        20.0,
        lambda stage: stage.faults.unplug(stage.victim.rack),
        lambda stage: stage.faults.replug(stage.victim.rack),
    ),
    Drill(
        "split", "one rack and all others no longer hear each other", 20.0, _split, lambda stage: stage.faults.join()
    ),
)
