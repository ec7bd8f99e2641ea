"""Which ring each stack of a rollout is in: by fleet.yaml's selectors and a hash of the stack's name, never by chance or order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from retailops.cloud.rollouts.windows import Place
from retailops.model.rollout import Ring, span
from retailops.model.rollout_rules import CENTRE
from retailops.ports import ReleasedRing


def position(name: str) -> float:
    """Where a stack stands among all: 0 to 100, from its name alone, so that no other stack moves it."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64 * 100


def partition(
    rings: tuple[Ring, ...], changing: Iterable[str], others: Iterable[str], places: Mapping[str, Place]
) -> tuple[ReleasedRing, ...]:
    """Each stack in exactly one ring; a ring without any is left out.

    `others` have nothing to show (they could not be reached, or have nothing to change) and go last. A share takes the stacks
    whose position lies between the shares before it and its own, so that a store keeps its ring whatever other stores there
    are; only a ring that would be empty takes the next stack that fits.
    """
    left = sorted(changing, key=position)
    found: list[tuple[Ring, list[str]]] = []
    if centre := [name for name in left if not places[name].region]:
        found.append((Ring(name=CENTRE, soak=rings[0].soak), centre))
        left = [name for name in left if name not in set(centre)]
    begin = 0
    for ring in rings:
        taken = _taken(ring, left, begin, places)
        begin += ring.share or 0
        found.append((ring, taken))
        left = [name for name in left if name not in set(taken)]
    found[-1][1].extend(sorted(others, key=position))
    return tuple(ReleasedRing(ring.name, span(ring.soak), tuple(names)) for ring, names in found if names)


def _taken(ring: Ring, left: list[str], begin: int, places: Mapping[str, Place]) -> list[str]:
    fit = [name for name in left if _fits(ring, name, places[name])]
    if ring.count:
        return fit[: ring.count]
    if ring.share:
        return [name for name in fit if begin <= position(name) < begin + ring.share] or fit[:1]
    return fit


def _fits(ring: Ring, name: str, place: Place) -> bool:
    return (
        (not ring.stores or name.rpartition("/")[2] in ring.stores)
        and (not ring.formats or place.format in ring.formats)
        and (not ring.regions or place.region in ring.regions)
    )
