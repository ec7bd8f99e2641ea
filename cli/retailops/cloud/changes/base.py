"""What another revision of the fleet repository wants, so that a change can be told from what was there before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from retailops.cloud.catalog import EDGE, WantedStack, stacks_of
from retailops.cloud.changes.inputs import Inputs
from retailops.errors import FleetError, Problem
from retailops.model import Fleet, load_fleet
from retailops.ports import History


@dataclass(frozen=True)
class Base:
    """`commit` is where the change began; `inputs` are all stacks' hashes there, `clouds` the clouds' stacks, both by name.

    `fault` says why there are none: that revision of the fleet repository is wrong itself.
    """

    ref: str
    commit: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    clouds: Mapping[str, WantedStack] = field(default_factory=dict)
    fault: str = ""


def read_base(history: History, ref: str, fleet: Fleet, inputs: Inputs, image: str) -> Base:
    """Raises `UsageError` for a bad `ref`, `FleetError` where the change takes an index that `ref` gave to another store since."""
    tip, fork = history.commit(ref), history.fork(ref)
    newest: Fleet | None = None
    try:
        with history.tree(fork) as folder:
            stacks = list(stacks_of(load_fleet(folder), image=image))
            there = inputs.beside(folder)
            hashes = {stack.name: there.of(stack) for stack in stacks}
        if tip != fork:
            with history.tree(tip) as folder:
                newest = load_fleet(folder)
    except FleetError as error:
        return Base(ref, fork, fault=f"the fleet repository at {ref} has {len(error.problems)} faults of its own")
    if newest:
        _refuse_doubles(fleet, newest, ref)
    return Base(ref, fork, hashes, {stack.name: stack for stack in stacks if stack.project != EDGE})


def _refuse_doubles(fleet: Fleet, newest: Fleet, ref: str) -> None:
    if found := list(_doubles(fleet, newest, ref)):
        ours = found[0][0]
        raise FleetError(
            f"{len(found)} {'store takes an index' if len(found) == 1 else 'stores take indices'} of stores in {ref}",
            [problem for _, problem in found],
            resolution=f"Take {ref} in (git merge), then: retailops store renumber {ours}",
        )


def _doubles(fleet: Fleet, newest: Fleet, ref: str) -> Iterator[tuple[str, Problem]]:
    holders = {store.index: store for store in newest.stores.values() if store.retired is None}
    for store in fleet.stores.values():
        holder = holders.get(store.index)
        if store.retired is None and holder and holder.id != store.id and holder.id not in fleet.stores:
            path = f"stores/{store.region}/{store.id}.yaml"
            yield store.id, Problem(path, 0, 0, f"index: {store.index} is {holder.id}'s in {ref}")
