"""How `retailops hci` shows what was computed and what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from retailops.commands.console import Console

if TYPE_CHECKING:
    from retailops.hci.sizing import Kind, Loss, Sizing
    from retailops.model.hosts import Hci
    from retailops.ports import Json


KINDS: tuple[Kind, ...] = ("host", "rack", "room")


def show_sizing(console: Console, hosts: Hci, sizing: Sizing) -> None:
    racks = len({host.rack for host in hosts.hosts})
    console.line(f"{len(hosts.hosts)} hosts in {racks} racks, {sum(len(h.disks) for h in hosts.hosts)} disks")
    console.line(f"raw        {sizing.raw_gib:>12,.0f} GiB")
    console.line(f"usable     {sizing.usable_gib:>12,.0f} GiB of data, every promise held")
    console.line(f"stranded   {sizing.stranded_gib:>12,.0f} GiB that no copy can use")
    console.line(f"memory     {sizing.memory_gib:>12,.0f} GiB for machines, which take {hosts.promised_gib():,.0f}")
    if hosts.machines:
        disks = sum(machine.disk_gib for machine in hosts.machines)
        console.line(f"machines   {len(hosts.machines):>12,} with disks of {disks:,} GiB")
    rows = [
        (f"{loss.kind} {loss.name}", f"{loss.usable_gib:,.0f}", f"{loss.memory_gib:,.0f}", _heals(loss))
        for kind in KINDS
        if (loss := sizing.worst(kind))
    ]
    console.line()
    console.table(("WORST LOSS", "USABLE GiB", "MEMORY GiB", "HEALS ITSELF"), rows)


def _heals(loss: Loss) -> str:
    if not loss.usable_gib:
        return "no: no place for every copy; serves with fewer"
    return f"yes: {loss.refill_gib:,.0f} GiB in {loss.hours:.1f} h at the storage network's half"


def sizing_document(sizing: Sizing) -> dict[str, Any]:
    return {
        "rawGib": sizing.raw_gib,
        "usableGib": sizing.usable_gib,
        "strandedGib": sizing.stranded_gib,
        "memoryGib": sizing.memory_gib,
        "losses": [
            {
                "kind": loss.kind,
                "name": loss.name,
                "usableGib": loss.usable_gib,
                "memoryGib": loss.memory_gib,
                "refillGib": loss.refill_gib,
                "healsInHours": loss.hours if loss.usable_gib else None,
            }
            for loss in sizing.losses
        ],
    }


def show_state(console: Console, state: Mapping[str, Json], days: float | None) -> None:
    """A cluster as probe `ceph_state` found it; `days` until it is full, None where nobody knows."""
    groups, spread = state["groups"], state["spread"]
    console.line(f"{state['health']}, Ceph {state['version'].split()[2]}, monitors {', '.join(state['quorum'])}")
    console.line(
        f"{groups['clean']} of {groups['total']} placement groups clean, each over {spread['racks']} racks or more"
    )
    for line in _filling(state, days):
        console.line(line)
    console.line()
    rows = [
        (
            f"osd.{osd['id']}",
            osd["rack"],
            osd["host"],
            _standing(osd),
            f"{100 * osd['used'] / max(1, osd['size']):.0f} %",
        )
        for osd in sorted(state["osds"], key=lambda osd: (osd["rack"], osd["host"], osd["id"]))
    ]
    console.table(("DISK", "RACK", "HOST", "STATE", "USED"), rows)
    console.line()
    pools = [
        (name, pool["size"], pool["groups"], f"{pool['stored'] / 2**30:.1f}", f"{pool['free'] / 2**30:.1f}")
        for name, pool in state["pools"].items()
    ]
    console.table(("POOL", "COPIES", "GROUPS", "DATA GiB", "FREE GiB"), pools)


def _filling(state: Mapping[str, Json], days: float | None) -> Iterator[str]:
    from retailops.hci.status.evenness import astray, over_mean
    from retailops.hci.status.filling import fullest

    left = "when it will be is not known yet" if days is None else f"at this pace in {days:,.0f} days"
    yield f"fullest disk {fullest(state):.0%}, {over_mean(state):.2f} × the mean; writes stop at {state['ratios']['full']:.0%}: {left}"
    yield f"a disk misses its share by {astray(state):.1f} placement groups at most"
    yield f"everything was read in full within {state['groups']['unread'] / 86400:.1f} days"


def _standing(osd: Mapping[str, Json]) -> str:
    return f"{'up' if osd['up'] else 'down'}, {'in' if osd['in'] else 'out'}"
