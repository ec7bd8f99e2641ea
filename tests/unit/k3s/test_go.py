"""The Go tests of the till (kills, torn lines, lost answers) and of the cluster binary's supervisor, keys, tokens and settings."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from retailops import assets

GO = shutil.which(os.environ.get("GO", "go"))
SETTINGS = {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": "-trimpath -buildvcs=false"}
"""As in k3s/build, or the whole of Kubernetes would be compiled a second time."""

pytestmark = pytest.mark.skipif(GO is None, reason="NOT RUN: no Go compiler here")


def go_test(module: str, *packages: str) -> None:
    done = subprocess.run(
        [str(GO), "test", *packages],
        cwd=assets.path("k3s", module),
        capture_output=True,
        text=True,
        env={**os.environ, **SETTINGS},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_till_sells_through_kills() -> None:
    go_test("apps", "./...")


def test_the_clusters_parts() -> None:
    parts = ("config", "host", "node", "pki", "supervise", "token")
    go_test("distro", *(f"./internal/{part}" for part in parts))


@pytest.mark.long
def test_what_a_server_signs() -> None:
    go_test("distro", ".", "./internal/control")
