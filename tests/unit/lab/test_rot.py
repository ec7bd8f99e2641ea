"""A byte turns on a disk's file, and no other one."""

from __future__ import annotations

from pathlib import Path

import pytest

from retailops.errors import RetailopsError
from retailops.lab import rot

HEAD = b"known data of the drill"


def disk(folder: Path, *places: int) -> Path:
    """A sparse disk of 64 MiB with HEAD at these places."""
    path = folder / "LAB-1"
    with path.open("wb") as file:
        file.truncate(64 << 20)
        for place in places:
            file.seek(place)
            file.write(HEAD)
    return path


def test_one_byte_turns_and_holes_stay(tmp_path: Path) -> None:
    path = disk(tmp_path, 40 << 20)
    blocks = path.stat().st_blocks
    assert rot.turn(path, HEAD) == 40 << 20
    content = path.read_bytes()
    assert content[40 << 20 : (40 << 20) + len(HEAD)] == bytes([HEAD[0] ^ 0xFF]) + HEAD[1:]
    assert content.count(0) == len(content) - len(HEAD)
    assert path.stat().st_blocks == blocks


@pytest.mark.parametrize("places", [(), (4096, 40 << 20)], ids=["nowhere", "twice"])
def test_nothing_is_touched_that_is_not_surely_the_drills(tmp_path: Path, places: tuple[int, ...]) -> None:
    path = disk(tmp_path, *places)
    before = path.read_bytes()
    with pytest.raises(RetailopsError, match=f"{len(places)} times; it is not touched"):
        rot.turn(path, HEAD)
    assert path.read_bytes() == before


def test_a_disk_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RetailopsError, match="no disk LAB-9"):
        rot.turn(tmp_path / "LAB-9", HEAD)
