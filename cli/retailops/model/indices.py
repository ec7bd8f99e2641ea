"""Giving a new store its index: the lowest of its region's blocks that nobody holds and no quarantine keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from retailops.addressing import BLOCK_SIZE
from retailops.model.chain import Region
from retailops.model.chain_rules import free_again
from retailops.model.stores import Store


def free_indices(region: Region, stores: Iterable[Store], today: date) -> Iterator[tuple[int, int]]:
    """(index, generation) in order of giving; an index whose quarantine is over comes with the next generation."""
    last: dict[int, Store] = {}
    for store in stores:
        held = last.get(store.index)
        if held is None or store.generation > held.generation:
            last[store.index] = store
    for block in sorted(region.blocks):
        for index in range(block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE):
            holder = last.get(index)
            free = free_again(holder) if holder else None
            if holder is None:
                yield index, 1
            elif free and free <= today:
                yield index, holder.generation + 1
