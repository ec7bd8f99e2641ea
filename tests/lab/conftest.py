"""One lab for all tests that need real hosts: brought up once, taken down whatever happens."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_bench import STORE, Bench

from retailops import lab as labs
from retailops.lab import base
from retailops.model import load_fleet


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fleet repository, and a state folder apart from the user's; skips, saying why, where no lab can run."""
    if missing := labs.preflight():
        pytest.skip("NOT RUN: no lab here: " + "; ".join(f"{each.what} ({each.how})" for each in missing))
    if not base.built():
        pytest.skip("NOT RUN: no base image: retailops lab build")
    top = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(top / "state"))
        subprocess.run([sys.executable, "-m", "retailops", "init", str(top / "fleet")], check=True, capture_output=True)
        yield top / "fleet"


@pytest.fixture(scope="session")
def bench(world: Path) -> Iterator[Bench]:
    """The lab, up with the sample's first store."""
    name = f"t{os.getpid() % 10_000_000}"
    try:
        labs.up(name, world, labs.specs(load_fleet(world), [STORE]), print)
        yield Bench(labs.Lab.find(name), world)
    finally:
        labs.down(name, print)
