"""Which stacks a fleet has, and what changes their input hash."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from retailops.cloud import catalog
from retailops.cloud.catalog import WantedStack, all_stacks, wanted
from retailops.cloud.changes.inputs import Inputs, sources
from retailops.errors import FleetError
from retailops.model.sample.write import write_sample


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_sample(tmp_path / "chain", 4)
    return tmp_path / "chain"


def edges(root: Path) -> dict[str, WantedStack]:
    return {item.stack: item for item in all_stacks(root) if item.project == "edge"}


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_one_stack_a_store_and_the_same_alone_as_among_all(root: Path) -> None:
    found = edges(root)
    assert sorted(found) == ["bj0001", "cd0001", "gz0001", "hz0001"]
    assert wanted(root, "edge", "hz0001") == found["hz0001"]


def test_one_store_is_loaded_without_the_others(root: Path) -> None:
    (root / "stores/north/bj0001.yaml").write_text("{")
    assert wanted(root, "edge", "hz0001").stack == "hz0001"


def test_a_plane_that_is_only_observed_has_no_stack(root: Path) -> None:
    with (root / "formats/compact.yaml").open("a") as file:
        file.write("planes: {apps: observed}\n")
    assert "hz0001" not in edges(root)
    with pytest.raises(FleetError, match="this fleet has no stack edge/hz0001"):
        wanted(root, "edge", "hz0001")


def test_no_such_project(root: Path) -> None:
    with pytest.raises(FleetError, match="this fleet has no stack nowhere/x"):
        wanted(root, "nowhere", "x")


def test_only_the_changed_store_hashes_differently(root: Path) -> None:
    before = {name: Inputs(root).of(item) for name, item in edges(root).items()}
    rewrite(root / "stores/east/hz0001.yaml", "generation: 1", "generation: 2")
    after = {name: Inputs(root).of(item) for name, item in edges(root).items()}
    assert [name for name in before if before[name] != after[name]] == ["hz0001"]


def test_a_stacks_settings_count_for_it_alone(root: Path) -> None:
    before = {name: Inputs(root).of(item) for name, item in edges(root).items()}
    settings = root / "stacks/edge/Pulumi.hz0001.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text("config: {}\n")
    after = {name: Inputs(root).of(item) for name, item in edges(root).items()}
    assert [name for name in before if before[name] != after[name]] == ["hz0001"]


def test_a_programs_source_counts_and_what_a_run_leaves_does_not(root: Path, tmp_path: Path) -> None:
    program = Path(shutil.copytree(catalog.assets.path("stacks", "edge"), tmp_path / "edge"))
    stack = WantedStack("edge", "hz0001", program, {})
    before = Inputs(root).of(stack)
    (program / "__pycache__").mkdir(exist_ok=True)
    (program / "__pycache__" / "x.pyc").write_bytes(b"x")
    (program / "Pulumi.hz0001.yaml").write_text("config: {}\n")
    assert Inputs(root).of(stack) == before
    (program / "__main__.py").write_text("# another\n")
    assert Inputs(root).of(stack) != before
    assert sorted(sources(program)) == ["Pulumi.yaml", "__main__.py"]
