"""The volume of known data that drills fill, read back and take away again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from retailops.hci.drills.drill import Stage
from retailops.ports import Json, Reading

IMAGE = "retailops-drill-data"
OBJECT_MIB = 4
PATIENCE = 600.0


@dataclass(frozen=True)
class Filled:
    """What is on disk: each object's `name` and `head`, its first bytes in hex. No two runs write the same."""

    seed: str
    objects: tuple[Mapping[str, Json], ...]


def fill(stage: Stage, objects: int) -> Filled:
    stage.on_line(f"writing {objects * OBJECT_MIB} MiB of known data")
    seed = stage.standing.ports.clock.now().isoformat()
    return Filled(seed, tuple(_ask(stage, "write", objects, seed)["objects"]))


def different(stage: Stage, filled: Filled) -> list[int]:
    """Numbers of the objects that do not read as they were written."""
    found: list[int] = _ask(stage, "read", len(filled.objects), filled.seed)["different"]
    return found


def remove(stage: Stage) -> None:
    """Nothing happens where it is gone."""
    _ask(stage, "remove")


def _ask(stage: Stage, do: str, objects: int = 0, seed: str = "") -> Mapping[str, Json]:
    args = {"monitor": stage.writer.id, "pool": stage.pool, "image": IMAGE, "do": do, "seed": seed, "objects": objects}
    return stage.prober.read(stage.hosts[stage.writer.id], Reading("volume_data", args, timeout=PATIENCE))
