"""A simulated chain behind the same ports as the real one; whatever it says is marked SIMULATED."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from retailops.twin.clock import Clock
from retailops.twin.configurator import Configurator
from retailops.twin.faults import from_environment
from retailops.twin.lines import Lines
from retailops.twin.machines import pretended
from retailops.twin.prober import Prober
from retailops.twin.sites import Sites
from retailops.twin.stacks import Stacks
from retailops.twin.verifier import Verifier
from retailops.twin.web import Web
from retailops.twin.world import World

NAME = "SIMULATED"
VERSION = "v0.0.0+retailops-simulated"
STANDS_IN = ("SIMULATED: every host, line, cluster and stack",)


@dataclass(frozen=True)
class Twin:
    """The world's ports; the tool's own (runs, evidence, locks) are as in any world, since they have to survive a kill."""

    world: World
    clock: Clock
    sites: Sites
    prober: Prober
    configurator: Configurator
    stacks: Stacks
    lines: Lines
    verifier: Verifier
    web: Web
    artifacts: Path


def simulated(root: Path, folder: Path) -> Twin:
    """The world of the fleet repository `root`, remembered in `folder`."""
    world = World(folder, from_environment())
    clock = Clock(world)
    sites = Sites(root)
    return Twin(
        world,
        clock,
        sites,
        Prober(world, sites, clock),
        Configurator(world, clock),
        Stacks(world),
        Lines(world, root),
        Verifier(world),
        Web(world),
        _artifacts(folder / "artifacts"),
    )


def _artifacts(folder: Path) -> Path:
    """A record of a cluster binary that nobody built."""
    folder.mkdir(parents=True, exist_ok=True)
    digests = {name: pretended(name) for name in ("k3s", "till", "pause-image.tar", "till-image.tar")}
    images = {"till": {"reference": "retailops.local/till:simulated"}}
    half = folder / f".build.{os.getpid()}"
    half.write_text(json.dumps({"version": VERSION, "sha256": digests, "images": images}))
    half.replace(folder / "build.json")
    return folder
