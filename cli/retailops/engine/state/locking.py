"""One writer a stack: a flock among ourselves, and Pulumi's own lock file towards its CLI."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from retailops.engine.state import files
from retailops.engine.state.backend import Backend
from retailops.engine.state.checkpoint import now
from retailops.errors import Locked


@contextmanager
def hold(backend: Backend, project: str, stack: str, doing: str) -> Iterator[str]:
    """Holds the stack; gives the id of a lock file that a killed holder of ours left, or "".

    A lock file that we did not make is never removed. Ours stays when the block is left by an exception that
    sets `keep_lock` (the journal could not be folded).
    """
    flock = _flock(backend.own(project, stack, "flock"), stack)
    try:
        record = backend.own(project, stack, "lock")
        ours = record.read_text(encoding="utf-8").strip() if record.exists() else ""
        folder = backend.locks(project, stack)
        if not _made_here(folder / f"{ours}.json"):
            ours = ""
        _refuse_others(folder, ours, stack)
        lock_id = str(uuid.uuid4())
        files.write(record, f"{lock_id}\n".encode())
        files.write(folder / f"{lock_id}.json", json.dumps(_holder(doing)).encode())
        if ours:
            files.remove(folder / f"{ours}.json")
        try:
            _refuse_others(folder, lock_id, stack)
            yield ours
        except BaseException as error:
            if not getattr(error, "keep_lock", False):
                files.remove(folder / f"{lock_id}.json")
                files.remove(record)
            raise
        files.remove(folder / f"{lock_id}.json")
        files.remove(record)
    finally:
        flock.close()


def _flock(path: Path, stack: str) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        who = file.read().strip() or "another process"
        file.close()
        raise Locked(f"stack {stack} is held by {who}", resolution="Wait until it has ended.") from None
    file.truncate(0)
    file.write(f"process {os.getpid()} on {socket.gethostname()} since {now()}")
    file.flush()
    os.set_inheritable(file.fileno(), False)
    return file


def _made_here(path: Path) -> bool:
    """Whether a lock file of ours is this host's: the flock proves that its maker is gone only here."""
    try:
        return bool(json.loads(path.read_bytes())["hostname"] == socket.gethostname())
    except FileNotFoundError:
        return True
    except (ValueError, KeyError, TypeError, OSError):
        return False


def _holder(doing: str) -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "username": f"{_user()} ({doing})",
        "hostname": socket.gethostname(),
        "timestamp": now(),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _refuse_others(folder: Path, ours: str, stack: str) -> None:
    others = sorted(path for path in folder.glob("*.json") if path.stem != ours) if folder.is_dir() else []
    if not others:
        return
    try:
        holder = json.loads(others[0].read_bytes())
        who = f"{holder['username']}@{holder['hostname']} (process {holder['pid']}) since {holder['timestamp']}"
    except (ValueError, KeyError, TypeError, OSError):
        who = others[0].name
    raise Locked(
        f"stack {stack} is locked by {who}, not by this engine",
        resolution="Wait for it; if that process is gone, run `pulumi cancel` with the official CLI.",
    )
