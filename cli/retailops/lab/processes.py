"""The lab's own processes, known by a mark in their environment and never by a recorded number, which may be recycled."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LAB, PART = "RETAILOPS_LAB", "RETAILOPS_PART"
_BOOTED = round(time.time() - time.clock_gettime(time.CLOCK_BOOTTIME), 1)
"""When this computer booted; taken once, so that the order of starts doesn't depend on when they are read."""


@dataclass(frozen=True)
class Process:
    """A living process of a lab: `part` is what it is there for (`supervisor`, `host:hub1`, `dhcp:s1-a`, `device:…`)."""

    pid: int
    part: str
    started: float


def mark(lab: str, part: str) -> dict[str, str]:
    """The environment of a process of ours: little else gets in."""
    path = os.environ.get("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    return {"PATH": f"{path}:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", LAB: lab, PART: part}


def of(lab: Path) -> list[Process]:
    """Every process that carries the mark of the lab in this folder, oldest first."""
    return sorted(_scan(str(lab)), key=lambda each: (each.started, each.pid))


def parts(lab: Path) -> dict[str, Process]:
    """Part -> its process; the oldest where it has several (systemd-nspawn and what it forks)."""
    return {each.part: each for each in reversed(of(lab))}


def child(pid: int) -> int | None:
    """The init of the machine that this systemd-nspawn runs: its child in a process namespace of its own; None before."""
    try:
        pids = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        pids = [int(path.name) for path in _numbered() if _parent(path) == pid]
    return next((each for each in pids if _is_init(each)), None)


def _is_init(pid: int) -> bool:
    with suppress(OSError):
        text = Path(f"/proc/{pid}/status").read_text()
        return any(
            line.split()[-1] == "1" and len(line.split()) > 2 for line in text.splitlines() if line[:6] == "NSpid:"
        )
    return False


def started(pid: int) -> float | None:
    """Unix time of a process' start, None when it is gone."""
    try:
        ticks = int(_stat(pid)[19])
    except (OSError, IndexError):
        return None
    return _BOOTED + ticks / os.sysconf("SC_CLK_TCK")


def namespace(pid: int) -> int | None:
    """The inode of its network namespace, None when it is gone."""
    try:
        return Path(f"/proc/{pid}/ns/net").stat().st_ino
    except OSError:
        return None


def end(pids: Iterable[int], seconds: float = 10.0) -> set[int]:
    """Kills at once and waits until they are gone; returns those that are not."""
    left: dict[int, int] = {}
    for pid in pids:
        with suppress(ProcessLookupError):
            left[os.pidfd_open(pid)] = pid
    for handle in left:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    limit = time.monotonic() + seconds
    waiting = set(left)
    while waiting and time.monotonic() < limit:
        waiting -= set(select.select(list(waiting), [], [], 0.2)[0])
    for handle in left:
        os.close(handle)
    return {left[handle] for handle in waiting}


def _scan(lab: str) -> Iterator[Process]:
    wanted = f"{LAB}={lab}".encode()
    for path in _numbered():
        try:
            words = (path / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted in words and (begun := started(int(path.name))):
            part = next((word[len(PART) + 1 :] for word in words if word.startswith(PART.encode() + b"=")), b"")
            yield Process(int(path.name), part.decode(), begun)


def _numbered() -> Iterator[Path]:
    return (path for path in Path("/proc").iterdir() if path.name.isdigit())


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on (the name before may hold anything)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _parent(path: Path) -> int | None:
    try:
        return int(_stat(int(path.name))[1])
    except (OSError, IndexError):
        return None
