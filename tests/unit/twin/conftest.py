from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import simulated

from retailops.model.sample.write import write_sample

MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    """A fleet whose stores nobody has opened, in memory where the machine has such a folder: a kill needs no disk."""
    simulated.preload()
    with tempfile.TemporaryDirectory(prefix="ro-twin-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        write_sample(Path(folder) / "template", 12)
        yield Path(folder) / "template"


@pytest.fixture
def fleet(template: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fleet-", dir=template.parent) as folder:
        yield Path(shutil.copytree(template, Path(folder) / "fleet"))
