"""What must hold between the stores of a chain: ids, indices with their quarantine, ranges, room in the blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from ipaddress import IPv4Network
from itertools import pairwise

from retailops.addressing import BLOCK_SIZE
from retailops.model.chain import FleetFile
from retailops.model.fleet_rules import claims
from retailops.model.parsing import Loc
from retailops.model.stores import Store

QUARANTINE = timedelta(days=180)
FULL = 0.8
StoreFault = tuple[str, Loc, str]
"""The path of a store's file, the field, and what is wrong."""


def free_again(store: Store) -> date | None:
    """The day from which a retired store's index may be given again; None while the store lives."""
    return store.retired + QUARANTINE if store.retired else None


def chain_faults(fleet: FleetFile | None, stores: Mapping[str, Store], today: date) -> Iterator[StoreFault]:
    """Every fault between stores; `stores` is by path."""
    yield from _ids(stores)
    yield from _indices(stores, today)
    yield from _ranges(fleet, stores)


def _ids(stores: Mapping[str, Store]) -> Iterator[StoreFault]:
    first: dict[str, str] = {}
    for path, store in stores.items():
        if store.id in first:
            yield path, ("id",), f"{store.id} is the id of {first[store.id]} too"
        first.setdefault(store.id, path)


def _indices(stores: Mapping[str, Store], today: date) -> Iterator[StoreFault]:
    holders: dict[int, list[tuple[str, Store]]] = defaultdict(list)
    for path, store in stores.items():
        holders[store.index].append((path, store))
    for same in holders.values():
        if len(same) > 1:
            same.sort(key=lambda holder: (holder[1].generation, holder[1].retired is None))
            for (_, old), (path, new) in pairwise(same):
                yield from _succession(path, old, new, today)


def doubled(stores: Iterable[Store]) -> list[str]:
    """Ids of living stores whose index another living one has, but for the first of each index."""
    seen: set[int] = set()
    found = []
    for store in stores:
        if store.retired is None:
            found += [store.id] if store.index in seen else []
            seen.add(store.index)
    return found


def _succession(path: str, old: Store, new: Store, today: date) -> Iterator[StoreFault]:
    free = free_again(old)
    if free is None:
        yield path, ("index",), f"{new.index} is the index of {old.id} too"
    elif new.generation <= old.generation:
        why = f"index {new.index} was {old.id}'s, retired with generation {old.generation}"
        yield path, ("generation",), f"{new.generation} should be {old.generation + 1}: {why}"
    elif today < free:
        yield path, ("index",), f"{new.index} was {old.id}'s and is in quarantine until {free}"


def _ranges(fleet: FleetFile | None, stores: Mapping[str, Store]) -> Iterator[StoreFault]:
    explicit = {path: store for path, store in stores.items() if store.prefixes}
    if not explicit:
        return
    held: list[tuple[IPv4Network, str, str, Loc]] = []
    for network, owner, _ in claims(fleet) if fleet else ():
        held.append((network, owner, "", ()))
    for path, store in explicit.items():
        if not store.retired:
            held += [(prefix, store.id, path, ("prefixes", zone)) for zone, prefix in store.prefixes.items()]
    held.sort(key=lambda claim: (claim[0].network_address, claim[0].prefixlen, claim[2]))
    yield from _sweep(held)


def _sweep(held: Iterable[tuple[IPv4Network, str, str, Loc]]) -> Iterator[StoreFault]:
    outer: tuple[IPv4Network, str, str, Loc] | None = None
    for claim in held:
        if outer and claim[0].overlaps(outer[0]):
            mine, other = (claim, outer) if claim[2] else (outer, claim)
            if mine[2]:
                yield mine[2], mine[3], f"{mine[0]} overlaps {other[0]} of {other[1]}"
        if not outer or claim[0].broadcast_address > outer[0].broadcast_address:
            outer = claim


def room_warnings(fleet: FleetFile, stores: Iterable[Store]) -> Iterator[tuple[Loc, str]]:
    """Regions whose blocks are 80 % used; a place in quarantine counts as used."""
    used: dict[str, set[int]] = defaultdict(set)
    for store in stores:
        used[store.region].add(store.index)
    for n, region in enumerate(fleet.regions):
        size, taken = len(region.blocks) * BLOCK_SIZE, len(used[region.id])
        if taken >= FULL * size:
            yield (
                ("regions", n, "blocks"),
                f"{taken} of {size} indices of {region.id} are used: give it another block soon",
            )
