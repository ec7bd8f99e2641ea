"""The input hash of a stack: whatever could make its next preview differ, and no time."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from retailops.cloud.catalog import WantedStack
from retailops.cloud.changes.imported import imported
from retailops.plan import digest

_NOT_SOURCE = {"__pycache__", ".state", "venv", ".venv"}


class Inputs:
    """Hashes of the stacks of the fleet repository `root`; a program's sources are read once, also for those `beside`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._programs: dict[Path, str] = {}

    def beside(self, root: Path) -> Inputs:
        """The same for another fleet repository."""
        other = Inputs(root)
        other._programs = self._programs
        return other

    def of(self, stack: WantedStack) -> str:
        """64 hex digits over config, settings file, program, what it can import of ours, and the Pulumi packages that it names."""
        settings = self._root / "stacks" / stack.project / f"Pulumi.{stack.stack}.yaml"
        found: dict[str, Any] = {
            "config": dict(stack.config),
            "settings": _file(settings),
            "program": self._program(stack.program),
        }
        # What it reads may say something else once that stack is applied.
        return digest(found | {"reads": [self.of(each) for each in stack.reads]} if stack.reads else found)

    def _program(self, folder: Path) -> str:
        if folder not in self._programs:
            found = imported(folder)
            self._programs[folder] = digest(
                {"sources": sources(folder), "imports": dict(found.modules), "packages": dict(found.packages)}
            )
        return self._programs[folder]


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
