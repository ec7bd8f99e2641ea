"""Folders of this process alone: in memory where the machine has such a place, gone when it ends; what a killed one left is swept."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
NAME = re.compile(r"ro-(\d+)-.*")


def folder(*, in_memory: bool = True) -> Path:
    """A new 0700 folder with a short name (a socket's path must fit in 100 bytes); `remove` it earlier, or the process' end does."""
    place = MEMORY if in_memory and os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    sweep(place)
    made = Path(tempfile.mkdtemp(prefix=f"ro-{os.getpid()}-", dir=place))
    atexit.register(remove, made)
    return made


def remove(made: Path) -> None:
    """Removes it with all that is in it; no error if it is gone."""
    shutil.rmtree(made, ignore_errors=True)


def sweep(place: Path) -> None:
    """Removes our user's folders whose process is no more."""
    for entry in place.glob("ro-*"):
        match = NAME.fullmatch(entry.name)
        if match and not Path(f"/proc/{match[1]}").exists():
            with contextlib.suppress(OSError):
                if entry.lstat().st_uid == os.getuid():
                    remove(entry)
