"""The CRUSH map of the hyperconverged hosts, as `crushtool -c` reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retailops.model.hosts import Hci
from retailops.render.text import render

TYPES = ("osd", "host", "rack", "room", "root")

Step = dict[str, str | int]


@dataclass(frozen=True)
class Bucket:
    """A place in the tree: what it is, and (name, weight) of what stands in it; weights in TiB as Ceph counts them."""

    id: int
    type: str
    name: str
    items: tuple[tuple[str, float], ...]

    @property
    def weight(self) -> float:
        return sum(weight for _, weight in self.items)


@dataclass(frozen=True)
class Osd:
    """One disk of one host; numbers follow the order of fleet.yaml, and only an empty cluster is numbered so."""

    id: int
    host: str
    slot: str
    kind: str
    weight: float


def osds(hci: Hci) -> tuple[Osd, ...]:
    """Every disk with the number that it gets in a new cluster."""
    found: list[Osd] = []
    for host in hci.with_role("storage"):
        slots = {slot.id: slot for slot in hci.model_of[host.id].slots}
        for name in host.disks:
            slot = slots[name]
            found.append(Osd(len(found), host.id, name, slot.kind, round(slot.gib / 1024, 5)))
    return tuple(found)


def buckets(hci: Hci) -> tuple[Bucket, ...]:
    """Hosts, then racks, rooms and the root; only those with a disk in them."""
    found: list[Bucket] = []

    def gather(kind: str, groups: Sequence[tuple[str, list[tuple[str, float]]]]) -> dict[str, float]:
        for name, items in groups:
            if items:
                found.append(Bucket(-len(found) - 1, kind, name, tuple(items)))
        return {bucket.name: round(bucket.weight, 5) for bucket in found if bucket.type == kind}

    disks = osds(hci)
    hosts = gather("host", [(h.id, [(f"osd.{o.id}", o.weight) for o in disks if o.host == h.id]) for h in hci.hosts])
    racks = gather(
        "rack",
        [(r.id, [(h.id, hosts[h.id]) for h in hci.hosts if h.rack == r.id and h.id in hosts]) for r in hci.racks],
    )
    rooms = gather(
        "room",
        [(r.id, [(k.id, racks[k.id]) for k in hci.racks if k.room == r.id and k.id in racks]) for r in hci.rooms],
    )
    gather("root", [("default", list(rooms.items()))])
    return tuple(found)


def rule_steps(hci: Hci) -> tuple[Step, ...]:
    """How copies are placed, as Ceph writes a rule in JSON: each in another rack, and with a tie-break two in each of two rooms."""
    spread: tuple[Step, ...] = ({"op": "chooseleaf_firstn", "num": 0, "type": "rack"},)
    if hci.tie_break:
        spread = (
            {"op": "choose_firstn", "num": 2, "type": "room"},
            {"op": "chooseleaf_firstn", "num": 2, "type": "rack"},
        )
    return ({"op": "take", "item_name": "default"}, *spread, {"op": "emit"})


def crush_map(hci: Hci) -> bytes:
    """The whole map, with the one rule for every pool."""
    return render("hci/crush.map.j2", osds=osds(hci), buckets=buckets(hci), types=TYPES, steps=rule_steps(hci))
