"""Which stacks a fleet has, and what each is wanted to be: an edge stack a store, a private or public one a cloud."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from retailops import assets
from retailops.errors import FleetError
from retailops.model import Fleet, StoreDesign, load_chain, load_design, load_fleet
from retailops.model.chain import FleetFile
from retailops.model.clouds import Cloud
from retailops.render.stack_config import TILL_IMAGE, edge_stack_config

EDGE = "edge"
CLOUDS = ("private", "public")


@dataclass(frozen=True)
class WantedStack:
    """One stack as the fleet repository wants it; `config` is plain (`project:key` -> text), `program` has the `Pulumi.yaml`.

    `reads` are the stacks whose outputs it reads.
    """

    project: str
    stack: str
    program: Path
    config: Mapping[str, str]
    reads: tuple[WantedStack, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.project}/{self.stack}"


def wanted(root: Path, project: str, stack: str, *, image: str = TILL_IMAGE) -> WantedStack:
    """One stack; of stores only its own is read. Raises `FleetError` where the fleet has no such stack."""
    if project == EDGE:
        design = load_design(root, stack)
        if has_stack(design):
            return _edge(design, image)
    elif project in CLOUDS:
        chain = load_chain(root)
        for cloud in chain.clouds:
            if (cloud.kind, cloud.id) == (project, stack) and (found := of_cloud(chain, cloud)):
                return found
    raise FleetError(f"this fleet has no stack {project}/{stack}", resolution="retailops ci plan shows the stacks.")


def all_stacks(root: Path, *, image: str = TILL_IMAGE) -> Iterator[WantedStack]:
    """Every stack of the fleet, clouds first; raises `FleetError` with every fault of the repository."""
    yield from stacks_of(load_fleet(root), image=image)


def stacks_of(fleet: Fleet, *, image: str = TILL_IMAGE) -> Iterator[WantedStack]:
    """Every stack of a fleet that was read, clouds first, and of them one that reads another after it."""
    for cloud in sorted(fleet.clouds, key=lambda each: each.centre is not None):
        if found := of_cloud(fleet.file, cloud):
            yield found
    for store in sorted(fleet.stores):
        design = fleet.design(store)
        if has_stack(design):
            yield _edge(design, image)


def has_stack(design: StoreDesign) -> bool:
    """Whether the store's stack is ours to bring up: it is not retired, and its apps and cluster are managed."""
    return design.store.retired is None and design.planes.apps == design.planes.edge == "managed"


def _edge(design: StoreDesign, image: str) -> WantedStack:
    return WantedStack(EDGE, design.id, assets.path("stacks", EDGE), edge_stack_config(design, image=image))


def of_cloud(chain: FleetFile, cloud: Cloud) -> WantedStack | None:
    """`None` where the cloud has nothing for a stack to make, or this release has no program for its kind."""
    program, module = assets.path("stacks", cloud.kind), f"retailops.render.stack_config_{cloud.kind}"
    if not cloud.has_stack or not program.is_dir() or find_spec(module) is None:
        return None
    config: Callable[[Any, Any], Mapping[str, str]] = getattr(importlib.import_module(module), f"{cloud.kind}_config")
    centre = next((each for each in chain.clouds if each.id == cloud.centre), None) if cloud.centre else None
    read = of_cloud(chain, centre) if centre else None
    return WantedStack(cloud.kind, cloud.id, program, config(chain, cloud), (read,) if read else ())
