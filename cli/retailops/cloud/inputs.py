"""The input hash of a stack: whatever could make its next preview differ, and no time."""

from __future__ import annotations

import hashlib
from pathlib import Path

from retailops import assets
from retailops.cloud.catalog import WantedStack
from retailops.plan import digest

COMPONENTS = "retailops_stacks"
_NOT_SOURCE = {"__pycache__", ".state", "venv", ".venv"}


class Inputs:
    """Hashes of one fleet's stacks; a program's sources and the pins are read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._programs: dict[Path, str] = {}
        self._shared = digest(
            {
                "components": sources(assets.path("stacks", COMPONENTS)),
                "pins": _file(assets.path("k3s", "versions.yaml")),
            }
        )

    def of(self, stack: WantedStack) -> str:
        """64 hex digits over config, settings file, program, components and pins."""
        if stack.program not in self._programs:
            self._programs[stack.program] = digest(sources(stack.program))
        settings = self._root / "stacks" / stack.project / f"Pulumi.{stack.stack}.yaml"
        return digest(
            {
                "config": dict(stack.config),
                "settings": _file(settings),
                "program": self._programs[stack.program],
                "shared": self._shared,
            }
        )


def sources(folder: Path) -> dict[str, str]:
    """Path within the folder -> SHA-256 of each source file; not what a run leaves there, nor another stack's settings."""
    return {
        str(path.relative_to(folder)): _file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _NOT_SOURCE & set(path.relative_to(folder).parts) and not _settings(path)
    }


def _settings(path: Path) -> bool:
    return path.name.startswith("Pulumi.") and path.name != "Pulumi.yaml"


def _file(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""
