"""A wrong byte on a disk, as a failing one gives it back: changed beneath whatever wrote it."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path

from retailops.errors import ToolError, UsageError


def turn(disk: Path, head: bytes) -> int:
    """Turns the first byte of `head` on a disk's sparse file; where it stood. Nothing is touched unless the disk has `head` exactly once."""
    if not disk.is_file():
        raise UsageError(f"no disk {disk.name} is in that host")
    found = list(_places(disk, head))
    if len(found) != 1:
        raise ToolError(f"disk {disk.name} has the bytes that should turn {len(found)} times; it is not touched")
    with disk.open("r+b") as file:
        file.seek(found[0])
        file.write(bytes([head[0] ^ 0xFF]))
        file.flush()
        os.fsync(file.fileno())
    return found[0]


def _places(disk: Path, head: bytes) -> Iterator[int]:
    """Holes are skipped: a disk's file is mostly nothing."""
    with disk.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as all_of_it:
        for begin, end in _written(file.fileno(), len(all_of_it)):
            place = all_of_it.find(head, begin, end)
            while place >= 0:
                yield place
                place = all_of_it.find(head, place + 1, end)


def _written(handle: int, size: int) -> Iterator[tuple[int, int]]:
    end = 0
    while end < size:
        try:
            begin = os.lseek(handle, end, os.SEEK_DATA)
        except OSError:
            return
        end = os.lseek(handle, begin, os.SEEK_HOLE)
        yield begin, end
