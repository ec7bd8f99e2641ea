"""A control group of its own for every host, in each hierarchy the computer has (v1, v2 or both).

Without it the machines' inits would share one tree. It also tells every process of a host, also one that lost its systemd-nspawn.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from retailops.lab import processes

_TOP = "retailops"


def hierarchies(mounts: str | None = None) -> list[tuple[str, Path]]:
    """(`cgroup` or `cgroup2`, mount point) of each; `mounts` is the text of /proc/mounts, read when None."""
    lines = (mounts if mounts is not None else Path("/proc/mounts").read_text()).splitlines()
    fields = (line.split() for line in lines)
    return [(kind, Path(where)) for _, where, kind, *_ in fields if kind in ("cgroup", "cgroup2")]


def make(lab: str, host: str) -> list[Path]:
    """The host's groups, made where they are missing: one a hierarchy, to be joined by writing to `cgroup.procs`."""
    return [_make(kind, top, (_TOP, lab, host)) for kind, top in hierarchies()]


def members(lab: str, host: str | None = None) -> set[int]:
    """Every process in the groups of a host, or of the whole lab."""
    found: set[int] = set()
    for group in _groups(lab, host):
        for folder, _, _ in os.walk(group):
            with suppress(OSError):
                found |= {int(pid) for pid in Path(folder, "cgroup.procs").read_text().split()}
    return found - {0}


def clear(lab: str, host: str | None = None) -> set[int]:
    """Ends every process of a host (or of the lab) and removes the groups; returns processes that would not end."""
    left: set[int] = set()
    for _ in range(20):
        if not (pids := members(lab, host)):
            break
        left = processes.end(pids, 2.0)
    for group in _groups(lab, host):
        _remove(group)
    for _, top in hierarchies():
        for parent in (top / _TOP / lab, top / _TOP):
            with suppress(OSError):
                parent.rmdir()
    return left


def memory(lab: str, host: str) -> int | None:
    """Bytes that the host uses now without what the kernel could drop at once, None where the computer doesn't say."""
    for group in _groups(lab, host):
        try:
            words = (group / "memory.stat").read_text().split()
        except OSError:
            continue
        figures = dict(zip(words[::2], words[1::2], strict=False))
        with suppress(StopIteration):
            return int(next(figures[key] for key in ("total_rss", "anon") if key in figures))
    return None


def _groups(lab: str, host: str | None) -> Iterator[Path]:
    for _, top in hierarchies():
        group = top / _TOP / lab / host if host else top / _TOP / lab
        if group.is_dir():
            yield group


def _make(kind: str, top: Path, parts: tuple[str, ...]) -> Path:
    group = top
    for part in parts:
        above, group = group, group / part
        if kind == "cgroup2":
            _delegate(above)
        group.mkdir(exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):
            if (group / name).exists() and kind == "cgroup" and not (group / name).read_text().strip():
                (group / name).write_text((above / name).read_text())
        if (group / "cgroup.clone_children").exists():
            (group / "cgroup.clone_children").write_text("1")
    return group


def _delegate(group: Path) -> None:
    with suppress(OSError):
        for controller in (group / "cgroup.controllers").read_text().split():
            with suppress(OSError):
                (group / "cgroup.subtree_control").write_text(f"+{controller}")


def _remove(group: Path) -> None:
    """Deepest first; a group whose last process is just ending says busy for a moment."""
    for attempt in range(20):
        for folder, _, _ in os.walk(group, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()
        if not group.exists():
            return
        time.sleep(0.02 * (attempt + 1))
