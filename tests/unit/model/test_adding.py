"""Indices are given lowest first, with quarantine; many files come at once or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from retailops.model import load_fleet
from retailops.model.indices import free_indices
from retailops.model.swap import PREFIX, add_files
from retailops.model.writing import write_whole

TODAY = date(2027, 6, 1)


def first(chain: Path, count: int, today: date = TODAY) -> list[tuple[int, int]]:
    fleet = load_fleet(chain, today)
    return list(islice(free_indices(fleet.regions["east"], fleet.stores.values(), today), count))


def retire(chain: Path, day: str) -> None:
    path = chain / "stores/east/hz0001.yaml"
    path.write_text(path.read_text("utf-8") + f"retired: {day}\n", "utf-8")


def test_the_lowest_free_index_comes_first(chain: Path) -> None:
    assert first(chain, 3) == [(0, 1), (2, 1), (3, 1)]


def test_an_index_in_quarantine_is_left_out(chain: Path) -> None:
    retire(chain, "2027-05-01")
    assert first(chain, 2) == [(0, 1), (2, 1)]


def test_after_quarantine_it_comes_with_the_next_generation(chain: Path) -> None:
    retire(chain, "2026-12-03")
    assert first(chain, 3, date(2027, 5, 31)) == [(0, 1), (2, 1), (3, 1)]
    assert first(chain, 3, date(2027, 6, 1)) == [(0, 1), (1, 2), (2, 1)]


def listing(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text("utf-8") for path in root.rglob("*") if path.is_file()}


def test_files_are_added_beside_what_is_there(chain: Path) -> None:
    before = listing(chain)
    add_files(chain, {"stores/east/a.yaml": "a", "stores/new/b.yaml": "b"})
    assert listing(chain) == {**before, "stores/east/a.yaml": "a", "stores/new/b.yaml": "b"}


def test_files_come_where_there_are_no_stores_yet(tmp_path: Path) -> None:
    add_files(tmp_path, {"stores/east/a.yaml": "a"})
    assert listing(tmp_path) == {"stores/east/a.yaml": "a"}


def test_a_fault_on_the_way_leaves_nothing(chain: Path) -> None:
    before = listing(chain)
    with pytest.raises(FileExistsError):
        add_files(chain, {"stores/east/a.yaml": "a", "stores/east/hz0001.yaml": "b"})
    assert listing(chain) == before
    assert not list(chain.glob(f"{PREFIX}*"))


@pytest.mark.parametrize("step", ["fsync", "mkdir", "scandir", "chmod", "link"])
def test_killed_anywhere_all_or_none_is_there(chain: Path, step: str) -> None:
    new = {f"stores/east/n{number}.yaml": "x" for number in range(3)}
    program = (
        "import os, sys, signal\n"
        "from pathlib import Path\n"
        "from retailops.model.swap import add_files\n"
        "real, left = getattr(os, sys.argv[2]), [int(sys.argv[3])]\n"
        "def dying(*args, **kwargs):\n"
        "    left[0] -= 1\n"
        "    if left[0] < 0: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return real(*args, **kwargs)\n"
        "setattr(os, sys.argv[2], dying)\n"
        f"add_files(Path(sys.argv[1]), {new!r})\n"
    )
    killed = 0
    for count in range(12):
        done = subprocess.run([sys.executable, "-c", program, chain, step, str(count)], check=False)
        there = [path for path in new if (chain / path).exists()]
        assert there in ([], list(new)), (step, count)
        if done.returncode == 0:
            break
        assert done.returncode == -9
        killed += 1
        if there:
            break
    assert killed
    assert len(load_fleet_ids(chain)) == 4


def load_fleet_ids(chain: Path) -> list[str]:
    for path in chain.glob("stores/east/n*.yaml"):
        path.unlink()
    return list(load_fleet(chain).stores)


def test_a_killed_imports_remains_are_cleared(chain: Path) -> None:
    (chain / f"{PREFIX}old").mkdir()
    (chain / f"{PREFIX}old/x.yaml").write_text("x")
    add_files(chain, {"stores/east/a.yaml": "a"})
    assert not list(chain.glob(f"{PREFIX}*"))


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "x.yaml", "x")
    assert list(tmp_path.iterdir()) == []
