"""`lab down`: leaves nothing of a lab, whatever state it is in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from retailops.errors import ToolError
from retailops.lab import cgroups, hosts, network, processes, record, spaces
from retailops.lab.held import held

OnLine = Callable[[str], None]


def down(lab: str, on_line: OnLine) -> bool:
    """Ends the lab's processes and removes its namespaces, groups and files; False when there was nothing of it.

    Works on a half-built or half-killed lab, without its record, and twice. Raises ToolError for a process that won't end.
    """
    folder, root = record.folder(lab), f"rl-{lab}"
    with held(lab, "lab down"):
        there = folder.exists() or bool(spaces.of(root)) or bool(cgroups.members(lab))
        _end(lab, folder, root)
        network.remove(root)
        for own in folder.glob("hosts/*"):
            hosts.forget(f"{root}-{own.name}", own)
        if folder.exists():
            shutil.rmtree(folder)
        if there:
            on_line(f"lab {lab} is gone")
    return there


def _end(lab: str, folder: Path, root: str) -> None:
    """The supervisor first, or it would start again what ends."""
    left = processes.end(each.pid for each in processes.of(folder) if each.part == "supervisor")
    left |= processes.end(each.pid for each in processes.of(folder))
    left |= cgroups.clear(lab)
    left |= processes.end(strays(root))
    if left:
        raise ToolError(
            f"processes of lab {lab} would not end: {', '.join(map(str, sorted(left)))}",
            resolution="They wait for the kernel; repeat the command in a moment.",
        )


def strays(root: str) -> set[int]:
    """Who still sits in a provider's, a host's or a device's namespace, like a shell; not who acts from the lab's root."""
    inodes = {spaces.path(space).stat().st_ino for space in spaces.of(root) if space != root}
    own = {os.getpid(), os.getppid()}
    pids = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    return {pid for pid in pids if pid not in own and processes.namespace(pid) in inodes}
