from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import simulated

from retailops.model.sample.write import write_sample


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    simulated.preload()
    root = tmp_path_factory.mktemp("simulated") / "template"
    write_sample(root, 12)
    return root


@pytest.fixture
def fleet(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "fleet"))
