"""Who is hit and who watches where two rooms hold every block twice and a tie-break decides between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from retailops.errors import UsageError
from retailops.hci.drills.drill import Stage
from retailops.hci.drills.ran import Figure
from retailops.model.hosts import Hci, Host
from retailops.ports import Json


def cast(hci: Hci, rack: str | None) -> tuple[Host, Host]:
    """(victim, writer): monitors' hosts with disks, each in one of the two rooms; the victim's room is that of `rack`, if one is given."""
    if hci.tie_break is None:
        raise UsageError(
            "these hosts have no tie-break", resolution="The drill is for two rooms: tieBreak in fleet.yaml."
        )
    rooms = rooms_of(hci)
    hosts = [host for host in hci.with_role("monitor") if host.disks]
    victims = [host for host in hosts if rack is None or rooms[host.rack] == rooms.get(rack)]
    if not victims:
        raise UsageError(
            f"no monitor with disks stands in the room of rack {rack}", resolution="Name a rack of either room."
        )
    return victims[0], next(host for host in hosts if rooms[host.rack] != rooms[victims[0].rack])


def rooms_of(hci: Hci) -> dict[str, str]:
    """Rack -> room."""
    return {rack.id: rack.room for rack in hci.racks}


def sides(stage: Stage) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Racks with hosts: of the victim's room, of the writer's, and of the tie-break's."""
    rooms = rooms_of(stage.hci)
    racks = tuple(dict.fromkeys(host.rack for host in stage.hci.hosts))
    here, there = rooms[stage.victim.rack], rooms[stage.writer.rack]
    return (
        tuple(rack for rack in racks if rooms[rack] == here),
        tuple(rack for rack in racks if rooms[rack] == there),
        tuple(rack for rack in racks if rooms[rack] not in (here, there)),
    )


WAIT = "longest wait in "


def waited(where: str, least: float) -> Callable[[Stage, Mapping[str, Json]], Iterator[Figure]]:
    """Figures of a writer: the longest wait, which must be `least` seconds where it must have stood still, and that it lost nothing."""

    def figures(_stage: Stage, flow: Mapping[str, Json]) -> Iterator[Figure]:
        yield Figure(f"{WAIT}{where}", flow["worst"], " s", least=least)
        yield Figure(f"records lost or changed in {where}", flow["lost"] + flow["wrong"], most=0)

    return figures
