"""What must hold for the rings of a rollout."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from retailops.model.chain import FleetFile
from retailops.model.faults import Fault, repeated
from retailops.model.parsing import Loc
from retailops.model.rollout import Ring
from retailops.model.values import nearest

RINGS: Loc = ("rollout", "rings")
CENTRE = "centre"
"""The ring of clouds' stacks, before every store: stores lean on the centre."""


def rollout_faults(fleet: FleetFile) -> Iterator[Fault]:
    """Every fault that needs fleet.yaml only."""
    rings, regions = fleet.rollout.rings, [region.id for region in fleet.regions]
    yield from repeated(RINGS, "name", [ring.name for ring in rings])
    for n, ring in enumerate(rings):
        if ring.name == CENTRE:
            yield (*RINGS, n, "name"), f"{CENTRE} is what the ring of the clouds' stacks is called"
        yield from _last(n, ring, n == len(rings) - 1)
        yield from _one_way((*RINGS, n), ring)
        yield from _known((*RINGS, n, "regions"), "region", ring.regions, regions)
    if sum(ring.share or 0 for ring in rings) >= 100:
        yield RINGS, "the shares add up to 100 % or more"


def ring_names(fleet: FleetFile, stores: Collection[str], formats: Collection[str]) -> Iterator[Fault]:
    """Stores and formats that rings name and that the chain does not have."""
    for n, ring in enumerate(fleet.rollout.rings):
        yield from _known((*RINGS, n, "stores"), "store", ring.stores, stores)
        yield from _known((*RINGS, n, "formats"), "format", ring.formats, formats)


def _last(n: int, ring: Ring, last: bool) -> Iterator[Fault]:
    if ring.takes_all and not last:
        yield (*RINGS, n, "name"), f"{ring.name} takes every store that is left, so it must be the last ring"
    elif last and not ring.takes_all:
        yield (*RINGS, n, "name"), f"{ring.name} is the last ring: it takes every store that is left, and chooses none"


def _one_way(loc: Loc, ring: Ring) -> Iterator[Fault]:
    if ring.count and ring.share:
        yield (*loc, "share"), "a ring has a count or a share, not both"
    if ring.stores and (ring.formats or ring.regions or ring.count or ring.share):
        yield (*loc, "stores"), "a ring that names its stores has no formats, regions, count or share"


def _known(loc: Loc, what: str, names: Collection[str], known: Collection[str]) -> Iterator[Fault]:
    for n, name in enumerate(names):
        if name not in known:
            yield (*loc, n), f"no {what} {name}{nearest(name, known)}"
