"""Locks by flock: the kernel frees them when their holder dies, however it dies."""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import json
import os
import re
import socket
import time
from pathlib import Path
from typing import Any

from retailops.drivers.tool import keepers_of
from retailops.errors import Locked, RetailopsError
from retailops.ports import Clock

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
TRIES = 4
BETWEEN_SECONDS = 0.02
TOOLS_END_SECONDS = 20.0


class HeldLock:
    """Implements `ports.Lock`."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    def release(self) -> None:
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None


class FileLocks:
    """Implements `ports.Locks` with a file for each name in `folder`, in which the holder writes who it is."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def take(self, name: str, doing: str) -> HeldLock:
        """Waits only for tools of a holder that was killed, until its keepers have ended them."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path(name), os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._flock(handle, name)
            killed = _holder(handle)
            if killed:
                _await_tools(name, int(killed.get("pid", 0)))
            _write(handle, {"who": _who(), "pid": os.getpid(), "since": self._clock.now().isoformat(), "doing": doing})
        except BaseException:
            os.close(handle)
            raise
        return HeldLock(handle)

    def held(self, name: str) -> bool:
        """Whether somebody holds it now; takes nothing that a holder would notice."""
        try:
            handle = os.open(self._path(name), os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise RetailopsError(f"{name!r} is no name of a lock")
        return self._folder / f"{name}.lock"

    def _flock(self, handle: int, name: str) -> None:
        for _ in range(TRIES):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            time.sleep(BETWEEN_SECONDS)
        holder = _holder(handle)
        raise Locked(
            f"{name} is locked by {holder.get('who', 'somebody')} (pid {holder.get('pid', '?')}) "
            f"since {holder.get('since', 'just now')}: {holder.get('doing', 'starting')}",
            resolution="Wait until that has ended, or end that process; other stores can go on.",
        )


def _who() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def _holder(handle: int) -> dict[str, Any]:
    try:
        found = json.loads(os.pread(handle, 4096, 0))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _write(handle: int, holder: dict[str, Any]) -> None:
    content = json.dumps(holder, ensure_ascii=False).encode()
    os.pwrite(handle, content, 0)
    os.ftruncate(handle, len(content))


def _await_tools(name: str, killed: int) -> None:
    if killed == os.getpid():
        return
    end = time.monotonic() + TOOLS_END_SECONDS
    while left := keepers_of(killed):
        if time.monotonic() > end:
            raise Locked(
                f"{name}: tools of the killed process {killed} are still running (pid {', '.join(map(str, left))})",
                resolution=f"End them: kill {' '.join(map(str, left))}",
            )
        time.sleep(0.05)
