"""One writer a stack: a flock on this machine, a claim among the machines of a bucket, Pulumi's own lock towards its CLI."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from retailops.engine.state import files
from retailops.engine.state.backend import Backend
from retailops.engine.state.checkpoint import now
from retailops.errors import Locked, RetailopsError

_LOOKS, _PAUSE = 8, 0.25
"""Whoever claimed a bucket's stack waits so long for the locks of those that came second to go."""


def refuse_cut_off(backend: Backend, project: str, stack: str, left: str) -> None:
    """For whoever holds a stack and settles nothing: refuses one whose last update was killed, and leaves it locked."""
    if not left and not backend.cut_off(project, stack):
        return
    error = RetailopsError(
        f"stack {stack} has an update that was cut off",
        resolution="Run `retailops cloud refresh` or `up` first: it settles what was under way.",
    )
    error.keep_lock = True  # type: ignore[attr-defined]
    raise error


@contextmanager
def hold(backend: Backend, project: str, stack: str, doing: str) -> Iterator[str]:
    """Holds the stack; gives the id of a lock that a killed holder of ours left, or "".

    A lock that we did not make is never removed. Ours stays when the block is left by an exception that sets
    `keep_lock` (the journal could not be folded).
    """
    flock = _flock(backend.own(project, stack, "flock"), stack)
    try:
        held = _Held(backend, project, stack)
        left = held.left()
        held.refuse_others(left)
        held.take(doing, left)
        try:
            yield left
        except BaseException as error:
            if not getattr(error, "keep_lock", False):
                held.release()
            raise
        held.release()
    finally:
        if not flock.closed:
            fcntl.flock(flock, fcntl.LOCK_UN)  # a child that is just being started has a copy of it
        flock.close()


@dataclass
class _Held:
    """The lock of one stack. A record of it on this machine lets whoever comes after a `kill -9` know it for ours."""

    backend: Backend
    project: str
    stack: str
    id: str = ""

    def left(self) -> str:
        """The id of a dead holder's lock, made on this host: only here does the flock prove that its maker is gone."""
        try:
            lock_id = self._record.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""
        content = self.backend.objects.read(self._key(lock_id)) if lock_id else b""
        if content is None:
            return lock_id
        try:
            return lock_id if json.loads(content)["hostname"] == socket.gethostname() else ""
        except (ValueError, KeyError, TypeError):
            return ""

    def take(self, doing: str, left: str) -> None:
        self.id = str(uuid.uuid4())
        files.write(self._record, f"{self.id}\n".encode())
        self.backend.objects.write(self._key(self.id), json.dumps(_holder(doing)).encode())
        if left:
            self.backend.objects.remove(self._key(left))
        try:
            looks = _LOOKS if self.backend.objects.shared and self._claimed() else 1
            for look in range(looks, 0, -1):
                try:
                    return self.refuse_others(self.id)
                except Locked:
                    if look == 1:
                        raise
                    time.sleep(_PAUSE)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """The claim goes first: without its lock it would be taken for a dead one's."""
        if self.backend.objects.shared and self.backend.objects.read(self._claim) == self.id.encode():
            self.backend.objects.remove(self._claim)
        self.backend.objects.remove(self._key(self.id))
        files.remove(self._record)

    def refuse_others(self, ours: str) -> None:
        mine = self._key(ours)
        if others := [key for key in self.backend.locks(self.project, self.stack) if key != mine]:
            raise self._locked_by(others[0])

    def _claimed(self) -> bool:
        """Of those who come together, the one whose claim is there first goes on. A claim counts as long as its lock is there."""
        if self.backend.objects.create(self._claim, self.id.encode()):
            return True
        holder = (self.backend.objects.read(self._claim) or b"").decode(errors="replace").strip()
        key = self._key(holder) if holder else ""
        if key and self.backend.objects.read(key) is not None:
            raise self._locked_by(key)
        self.backend.objects.remove(self._claim)
        return self.backend.objects.create(self._claim, self.id.encode())

    @property
    def _record(self) -> Path:
        return self.backend.own(self.project, self.stack, "lock")

    @property
    def _claim(self) -> str:
        return self.backend.shared(self.project, self.stack, "claim")

    def _key(self, lock_id: str) -> str:
        return self.backend.lock(self.project, self.stack, lock_id)

    def _locked_by(self, key: str) -> Locked:
        try:
            holder = json.loads(self.backend.objects.read(key) or b"")
            who = f"{holder['username']}@{holder['hostname']} (process {holder['pid']}) since {holder['timestamp']}"
        except (ValueError, KeyError, TypeError):
            who = Path(key).name
        return Locked(
            f"stack {self.stack} is locked by {who}, not by this engine",
            resolution="Wait for it; if that process is gone for good: retailops cloud state unlock.",
        )


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
