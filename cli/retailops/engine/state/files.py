"""Writing files so that a crash leaves the old one or the new one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Temporary file, fsync, rename, fsync of the folder; mode 0600."""
    with _draft(path, content) as draft:
        draft.replace(path)


def create(path: Path, content: bytes) -> bool:
    """As `write`, but never over what is there: False then."""
    try:
        with _draft(path, content) as draft:
            path.hardlink_to(draft)
    except FileExistsError:
        return False
    return True


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _draft(path: Path, content: bytes) -> Iterator[Path]:
    """A finished file beside `path` that is gone afterwards, unless it was renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
    sync_folder(path.parent)
