"""Which files a fleet repository has, and reading them as bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from retailops.errors import Problem
from retailops.model.parsing import MAX_BYTES

FLEET = "fleet.yaml"
_LOOKALIKES = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Listing:
    """Paths relative to the repository, sorted; `strays` look like descriptions and stand where none is read."""

    formats: tuple[str, ...]
    stores: tuple[str, ...]
    strays: tuple[Problem, ...]


def listing(root: Path) -> Listing:
    """What is there to read; a folder that is missing counts as empty."""
    strays: list[Problem] = []
    formats = _yaml_in(root, "formats", strays)
    stores: list[str] = []
    for entry in _entries(root, "stores", strays):
        path = f"stores/{entry.name}"
        if entry.is_dir():
            stores += _yaml_in(root, path, strays)
        elif entry.name.endswith(_LOOKALIKES):
            strays.append(Problem(path, 0, 0, "stands in no region's folder: stores/<region>/<id>.yaml"))
    return Listing(tuple(formats), tuple(stores), tuple(strays))


def ids_of(paths: Iterable[str]) -> list[str]:
    """What the files are called, which is the id of what they describe."""
    return [path.rpartition("/")[2].removesuffix(".yaml") for path in paths]


def _yaml_in(root: Path, folder: str, strays: list[Problem]) -> list[str]:
    found = []
    for entry in _entries(root, folder, strays):
        path = f"{folder}/{entry.name}"
        if entry.is_dir():
            strays.append(Problem(path, 0, 0, "is a folder, where only files are read"))
        elif entry.name.endswith(".yaml"):
            found.append(path)
        elif entry.name.endswith(_LOOKALIKES):
            strays.append(Problem(path, 0, 0, "is not read: its name has to end in .yaml"))
    return found


def _entries(root: Path, folder: str, strays: list[Problem]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(root / folder) as entries:
            found = sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name)
    except FileNotFoundError:
        return []
    except OSError as error:
        strays.append(Problem(folder, 0, 0, f"can't be read: {error.strerror}"))
        return []
    for entry in found:
        if not entry.name.isprintable():
            strays.append(Problem(f"{folder}/{entry.name!a}", 0, 0, "has a name that can't be printed"))
    return [entry for entry in found if entry.name.isprintable()]


def read(root: Path, path: str) -> bytes | Problem:
    """The file's bytes, at most one more than parsing takes; a file that can't be read is a problem."""
    try:
        handle = os.open(os.path.join(root, path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # noqa: PTH118
    except OSError as error:
        return Problem(path, 0, 0, f"can't be read: {error.strerror}")
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return Problem(path, 0, 0, "is no file")
        return _all(handle)
    except OSError as error:
        return Problem(path, 0, 0, f"can't be read: {error.strerror}")
    finally:
        os.close(handle)


def _all(handle: int) -> bytes:
    data = os.read(handle, 65_536)
    if len(data) < 65_536:
        return data
    parts = [data]
    size = len(data)
    while data and size <= MAX_BYTES:
        data = os.read(handle, MAX_BYTES)
        parts.append(data)
        size += len(data)
    return b"".join(parts)
