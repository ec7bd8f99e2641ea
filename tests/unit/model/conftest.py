"""A sample chain for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from retailops.model.sample.write import write_sample


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pristine") / "chain"
    write_sample(root, 4)
    return root


@pytest.fixture
def chain(pristine: Path, tmp_path: Path) -> Path:
    """The folder of the sample chain with four stores, free to change."""
    return Path(shutil.copytree(pristine, tmp_path / "chain"))
