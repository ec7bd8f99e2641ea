"""Who may change a lab: one command at a time, told by a lock that ends with its process."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retailops.errors import Locked
from retailops.lab import record


@contextmanager
def held(lab: str, doing: str) -> Iterator[None]:
    """Raises `Locked` at once, with who, since when and doing what, when another command changes this lab."""
    with _open(f".{record.check_id(lab)}.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked(
                f"lab {lab} is being changed{_who(file.name)}", resolution="Wait for it, then repeat."
            ) from None
        file.truncate(0)
        json.dump({"pid": os.getpid(), "since": time.strftime("%H:%M:%S"), "doing": doing}, file)
        file.flush()
        yield


@contextmanager
def all_labs() -> Iterator[None]:
    """Waits for its turn to choose something that no two labs of this computer may share, whoever's they are."""
    with Path("/run/retailops-labs.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _open(name: str) -> Path:
    folder = record.labs_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / name


def _who(path: str) -> str:
    try:
        who = json.loads(Path(path).read_text())
        return f" by process {who['pid']} since {who['since']}: {who['doing']}"
    except (OSError, ValueError, KeyError):
        return ""
