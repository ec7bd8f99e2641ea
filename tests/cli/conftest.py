"""Commands as a person types them, and a sample chain to type them in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from ci_chain import Chain
from click.testing import CliRunner, Result

from retailops.cli import main
from retailops.model.sample.write import write_sample

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def pristine_chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cli") / "chain"
    write_sample(root, 4)
    return root


@pytest.fixture
def chain(pristine_chain: Path, tmp_path: Path) -> Path:
    """The folder of the sample chain with four stores, free to change."""
    return Path(shutil.copytree(pristine_chain, tmp_path / "chain"))


@pytest.fixture
def run(chain: Path) -> Run:
    """`run("store", "list")` in the sample chain."""

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, ["--fleet", str(chain), *words])

    return call


@pytest.fixture
def ops(chain: Path, run: Run) -> Chain:
    made = Chain(chain, run)
    made.settle()
    return made
