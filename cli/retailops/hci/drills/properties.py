"""The seven properties that the storage is built for, and what drills have shown of each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Property:
    """`drills` are those that prove it together."""

    number: int
    what: str
    drills: tuple[str, ...]


PROPERTIES = (
    Property(1, "every pool has its replicas, and serves on when one is gone", ("process", "host")),
    Property(2, "a wrong byte on a disk is never read, is found and is mended", ("bitrot",)),
    Property(3, "every placement group spans racks, and a rack may go", ("rack", "split")),
    Property(
        4, "two rooms serve at once; with a tie-break one may go, and they never fork", ("site", "rooms", "tie-break")
    ),
    Property(5, "another site holds a mirror that can take over and give back", ("mirror",)),
    Property(6, "hosts come in while machines work, and a full cluster loses nothing", ("grow", "nearly-full")),
    Property(7, "data spreads itself evenly over the disks", ("balance",)),
)


@dataclass(frozen=True)
class Shown:
    """A property with the newest document of each of its drills (as `hci.reports.document`), and the drills that never ran here."""

    proven: Property
    documents: tuple[Mapping[str, Any], ...]
    missing: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.missing and not any(document["wrong"] for document in self.documents)


def shown(documents: Iterable[Mapping[str, Any]]) -> Iterator[Shown]:
    """Each property with what the newest run of its drills showed; a figure counts for the Ceph version and back-end it names only."""
    newest: dict[str, Mapping[str, Any]] = {}
    for document in documents:
        known = newest.get(document["drill"])
        if known is None or known["at"] <= document["at"]:
            newest[document["drill"]] = document
    for each in PROPERTIES:
        there = tuple(newest[name] for name in each.drills if name in newest)
        yield Shown(each, there, tuple(name for name in each.drills if name not in newest))
