"""The till's own Go tests (kills, torn lines, lost answers): standard library alone, so they need no module cache."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from retailops import assets

GO = shutil.which(os.environ.get("GO", "go"))


@pytest.mark.skipif(GO is None, reason="no Go compiler here")
def test_the_till_sells_through_kills() -> None:
    done = subprocess.run(
        [str(GO), "test", "./..."],
        cwd=assets.path("k3s", "apps"),
        capture_output=True,
        text=True,
        env={**os.environ, "GOTOOLCHAIN": "local"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
