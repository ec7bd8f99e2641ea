"""A pool of volumes in a mapping: name -> [size, {snapshot: protected}], as commands of rbd act on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

GIB = 1024**3


def act(pool: dict[str, Any], words: list[str]) -> str:
    """What rbd would print; raises as it would refuse."""
    match [word for word in words if word not in ("--no-progress", "--format", "json")]:
        case ["ls", "--long", _]:
            volumes: list[dict[str, Any]] = [{"image": each, "size": size} for each, (size, _) in pool.items()]
            more = [{"image": each, "snapshot": snap} for each, (_, snaps) in pool.items() for snap in snaps]
            return json.dumps(volumes + more)
        case ["info", path]:
            return json.dumps({"size": pool[name(path)][0]})
        case ["import", source, path]:
            _new(pool, path, [Path(source).stat().st_size, {}])
        case ["rename", path, other]:
            _new(pool, other, pool.pop(name(path)))
        case ["rm", path]:
            assert not pool.pop(name(path))[1], "it has snapshots"
        case ["clone", path, other]:
            size, snaps = pool[name(path)]
            assert snaps[path.partition("@")[2]] == "true", "it is not protected"
            _new(pool, other, [size, {}])
        case ["resize", "--size", size, path]:
            pool[name(path)][0] = int(size.removesuffix("G")) * GIB
        case ["flatten", _]:
            pass
        case ["snap", "ls", path]:
            return json.dumps([{"name": snap, "protected": yes} for snap, yes in pool[name(path)][1].items()])
        case ["snap", "purge", path]:
            pool[name(path)][1] = {}
        case ["snap", "create", path]:
            pool[name(path)][1][path.partition("@")[2]] = "false"
        case ["snap", "protect", path]:
            pool[name(path)][1][path.partition("@")[2]] = "true"
        case other:
            raise AssertionError(other)
    return ""


def name(path: str) -> str:
    return path.partition("/")[2].partition("@")[0]


def _new(pool: dict[str, Any], path: str, volume: list[Any]) -> None:
    assert name(path) not in pool, "it is there"
    pool[name(path)] = volume
