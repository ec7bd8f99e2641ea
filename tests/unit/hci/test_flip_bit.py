"""The probe that flips a bit finds its needle in a sparse file, across the pieces that it reads, and touches nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from retailops.probes.flip_bit import CHUNK, main

NEEDLE = bytes(range(64, 96))


@pytest.mark.parametrize("at", [0, 4096, CHUNK - 7, 3 * CHUNK + 5])
def test_one_bit_changes_where_the_needle_is(tmp_path: Path, at: int) -> None:
    disk = tmp_path / "disk"
    with disk.open("wb") as file:
        file.seek(at)
        file.write(NEEDLE + b"rest")
        file.truncate(5 * CHUNK)
    before = disk.read_bytes()
    assert main(str(disk), NEEDLE) == [at]
    after = disk.read_bytes()
    assert [n for n in range(at, at + 100) if before[n] != after[n]] == [at]
    assert before[at] ^ after[at] == 0x80
    assert (before[:at], before[at + 1 :]) == (after[:at], after[at + 1 :])


def test_a_needle_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.write_bytes(os.urandom(4096))
    before = disk.read_bytes()
    assert main(str(disk), NEEDLE) == []
    assert disk.read_bytes() == before
