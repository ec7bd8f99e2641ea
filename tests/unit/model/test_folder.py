"""What a fleet repository's folder may hold: files that can't be read are problems, never a hang or a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from retailops.errors import FleetError
from retailops.model import load_fleet
from retailops.model.load import read_fleet

HZ = "stores/east/hz0001.yaml"


def faults(chain: Path) -> list[str]:
    with pytest.raises(FleetError) as caught:
        load_fleet(chain)
    assert caught.value.exit_code == 3
    return [str(problem) for problem in caught.value.problems]


def test_a_pipe_in_place_of_a_file_does_not_hang(chain: Path) -> None:
    (chain / HZ).unlink()
    os.mkfifo(chain / HZ)
    assert faults(chain) == [f"{HZ}: is no file"]


def test_a_dangling_link(chain: Path) -> None:
    (chain / HZ).unlink()
    (chain / HZ).symlink_to("nowhere")
    assert faults(chain) == [f"{HZ}: can't be read: No such file or directory"]


def test_an_endless_file(chain: Path) -> None:
    (chain / HZ).unlink()
    (chain / HZ).symlink_to("/dev/zero")
    assert faults(chain) == [f"{HZ}: is no file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(chain: Path) -> None:
    (chain / HZ).chmod(0)
    assert faults(chain) == [f"{HZ}: can't be read: Permission denied"]


def test_a_folder_in_place_of_a_file(chain: Path) -> None:
    (chain / "stores/east/x.yaml").mkdir()
    assert faults(chain) == ["stores/east/x.yaml: is a folder, where only files are read"]


def test_a_file_in_place_of_a_folder(chain: Path) -> None:
    for file in (chain / "formats").iterdir():
        file.unlink()
    (chain / "formats").rmdir()
    (chain / "formats").write_text("")
    assert "formats: can't be read: Not a directory" in faults(chain)


def test_a_name_that_cannot_be_printed(chain: Path) -> None:
    Path(os.fsdecode(bytes(chain) + b"/stores/east/\xff\n.yaml")).write_text("")
    assert faults(chain) == ["stores/east/'\\udcff\\n.yaml': has a name that can't be printed"]


def test_hidden_files_and_notes_are_no_descriptions(chain: Path) -> None:
    (chain / "stores/east/.hz0001.yaml.swp").write_text("x")
    (chain / "stores/east/NOTES.md").write_text("x")
    assert len(load_fleet(chain).stores) == 4


def test_a_chain_without_stores(chain: Path) -> None:
    for file in chain.glob("stores/*/*.yaml"):
        file.unlink()
    (chain / "stores/.gitkeep").unlink()
    assert load_fleet(chain).stores == {}


def test_a_large_file_is_refused_by_its_size(chain: Path) -> None:
    (chain / HZ).write_bytes(b"# x\n" * 300_000)
    assert faults(chain) == [f"{HZ}: is larger than 1,048,576 bytes"]


def test_a_full_region_is_a_warning(chain: Path) -> None:
    text = (chain / HZ).read_text("utf-8").split("devices")[0]
    for index in range(2, 822):
        name = f"nb{index:04d}"
        one = text.replace("hz0001", name).replace("index: 1\n", f"index: {index}\n")
        (chain / f"stores/east/{name}.yaml").write_text(one, "utf-8")
    fleet = (chain / "fleet.yaml").read_text("utf-8").replace("blocks: [0, 1, 2]", "blocks: [0]")
    (chain / "fleet.yaml").write_text(fleet, "utf-8")
    warning = "fleet.yaml:16:13: regions[0].blocks: 821 of 1024 indices of east are used: give it another block soon"
    assert [str(each) for each in read_fleet(chain).warnings] == [warning]
    (chain / "stores/east/nb0002.yaml").unlink()
    (chain / "stores/east/nb0003.yaml").unlink()
    assert read_fleet(chain).warnings == []
