"""The volume of known data that drills fill, read back and take away again."""

from __future__ import annotations

from collections.abc import Mapping

from retailops.hci.drills.drill import Stage
from retailops.ports import Json, Reading

IMAGE = "retailops-drill-data"
OBJECT_MIB = 4
PATIENCE = 600.0


def fill(stage: Stage, objects: int) -> list[Mapping[str, Json]]:
    """So many objects, on disk when it returns: each one's `name` and `head`, its first bytes in hex."""
    stage.on_line(f"writing {objects * OBJECT_MIB} MiB of known data")
    found: list[Mapping[str, Json]] = _ask(stage, "write", objects)["objects"]
    return found


def different(stage: Stage, objects: int) -> list[int]:
    """Numbers of the objects that do not read as they were written."""
    found: list[int] = _ask(stage, "read", objects)["different"]
    return found


def remove(stage: Stage) -> None:
    """Nothing happens where it is gone."""
    _ask(stage, "remove", 0)


def _ask(stage: Stage, do: str, objects: int) -> Mapping[str, Json]:
    args = {"monitor": stage.writer.id, "pool": stage.pool, "image": IMAGE, "do": do, "seed": IMAGE, "objects": objects}
    return stage.prober.read(stage.hosts[stage.writer.id], Reading("volume_data", args, timeout=PATIENCE))
