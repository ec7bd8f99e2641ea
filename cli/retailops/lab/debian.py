"""Debian packages unpacked into a folder, by this computer's own apt: resolved from nothing, checked by its keys, no script run."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from retailops.errors import ToolError

DROPPED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian", "usr/share/bug")


def unpack(packages: Sequence[str], into: Path, left_out: str) -> Mapping[str, str]:
    """The packages and what they depend on, but for those whose names match `left_out` whole; name -> version.

    Maintainer scripts don't run: users, alternatives and the like are the caller's business. Raises `ToolError`.
    """
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory(dir=into.parent) as own:
        for archive in _fetched(packages, Path(own)):
            name, version, _ = archive.name.split("_")
            if not re.fullmatch(left_out, name):
                _run("dpkg-deb", "--extract", str(archive), str(into))
                found[name] = version.replace("%3a", ":")
    for name in DROPPED:
        _run("rm", "-rf", str(into / name))
    return found


def _fetched(packages: Sequence[str], own: Path) -> list[Path]:
    """The archives of the closure, in a state of our own: the computer's packages and lists are neither asked nor touched."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (own / name).mkdir(parents=True)
    (own / "status").touch()
    options = {
        "Dir::State": own / "state",
        "Dir::State::status": own / "status",
        "Dir::Cache": own / "cache",
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false",
    }
    apt = ["apt-get", "--quiet", *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]
    _run(*apt, "update")
    _run(*apt, "install", "--yes", "--download-only", *packages)
    return sorted((own / "cache" / "archives").glob("*.deb"))


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise ToolError(
            f"{argv[0]} failed", details=(done.stderr or done.stdout).strip()[-1500:], resolution="Check its sources."
        )
