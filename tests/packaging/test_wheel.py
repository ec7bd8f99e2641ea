"""A wheel built from the repository carries its data and works from any folder."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*argv: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(word) for word in argv], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_stacks_playbooks_and_k3s(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "stacks/edge/Pulumi.yaml",
        "playbooks/wan.yml",
        "playbooks/library/retailops_files.py",
        "playbooks/module_utils/retailops_lock.py",
        "k3s/versions.yaml",
    ):
        assert f"retailops/data/{needed}" in names
    assert "retailops_stacks/__init__.py" in names


def test_an_installed_wheel_works_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "env"
    venv.create(environment, with_pip=False, symlinks=True)
    python = environment / "bin" / "python"
    packages = next((environment / "lib").glob("python*/site-packages"))
    here = next(path for path in map(Path, sys.path) if (path / "click").is_dir())
    run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        packages,
        wheel,
        cwd=tmp_path,
    )
    (packages / "dependencies.pth").write_text(f"{here}\n")
    where = run(python, "-c", "import retailops; print(retailops.__file__)", cwd=tmp_path).stdout
    assert where.startswith(str(environment)), "the checkout was imported, not the wheel"
    run(python, "-m", "retailops", "init", "chain", "--stores", "5", cwd=tmp_path)
    run(python, "-m", "retailops", "check", cwd=tmp_path / "chain")
    opened = run(python, "-m", "retailops", "--simulate", "store", "onboard", "hz0001", cwd=tmp_path / "chain")
    assert "SIMULATED" in opened.stdout
