"""Another index for a store that was never opened, in its own file: two numbers change, every other byte stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import yaml

from retailops.errors import RetailopsError, UsageError
from retailops.model.indices import free_indices
from retailops.model.load import Reading
from retailops.model.parsing import parse
from retailops.model.values import nearest


@dataclass(frozen=True)
class Renumbering:
    """`text` is the store's whole new file; `path` is seen from the repository."""

    path: str
    text: str
    old: int
    index: int
    generation: int


def renumbered(reading: Reading, store_id: str, today: date) -> Renumbering:
    """The next free index of the store's region; the rest of the repository may have faults, fleet.yaml and the store's file not."""
    if reading.fleet is None:
        reading.outcome()
    assert reading.fleet
    paths = {store.id: path for path, store in reading.stores.items()}
    if store_id not in paths:
        raise UsageError(
            f"no store {store_id!r} that can be read{nearest(store_id, paths)}", resolution="retailops check"
        )
    path, regions = paths[store_id], {region.id: region for region in reading.fleet.regions}
    store = reading.stores[path]
    if store.region not in regions:
        raise UsageError(f"{store_id} is in {store.region}, which fleet.yaml has not", resolution="retailops check")
    everyone = [*reading.stores.values(), *reading.salvaged.values()]
    free = next(free_indices(regions[store.region], everyone, today), None)
    if free is None:
        raise RetailopsError(
            f"no index of {store.region} is free", resolution="Give the region another block in fleet.yaml."
        )
    wanted = {"index": free[0]} | ({"generation": free[1]} if free[1] != store.generation else {})
    text = _with((reading.root / path).read_bytes().decode("utf-8"), wanted, path)
    return Renumbering(path, text, store.index, *free)


def _with(text: str, numbers: Mapping[str, int], path: str) -> str:
    """The file with those top-level numbers; raises `RetailopsError` where that can't be done without touching the rest."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(node, yaml.MappingNode), "a store is a mapping"
    values = {key.value: value for key, value in node.value}
    new = text
    for name in sorted(numbers.keys() & values, key=lambda name: -values[name].start_mark.index):
        begin, end = values[name].start_mark.index, values[name].end_mark.index
        new = new[:begin] + str(numbers[name]) + new[end:]
    if parse(new.encode(), path) != {**parse(text.encode(), path), **{k: str(v) for k, v in numbers.items()}}:
        raise RetailopsError(
            f"{path} can't be edited here",
            resolution=f"Write into it: {', '.join(f'{k}: {v}' for k, v in numbers.items())}",
        )
    return new
