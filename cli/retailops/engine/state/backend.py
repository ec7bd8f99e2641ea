"""A folder of stacks in the layout of Pulumi's file backend, and what is refused in it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from retailops.engine.state import files
from retailops.engine.state.checkpoint import magic
from retailops.engine.state.packing import SUFFIXES, pack, unpack
from retailops.engine.urns import NAME
from retailops.errors import RetailopsError, UsageError

CLI = "Use the official Pulumi CLI for this stack, or hand it over: retailops cloud handover."


@dataclass(frozen=True)
class Stored:
    """A checkpoint as it lies there: `document` is None for a stack that has none; `digest` is the SHA-256 of the bytes."""

    document: Mapping[str, Any] | None
    digest: str


class Backend:
    """Paths and whole files; it knows nothing of resources."""

    def __init__(self, url: str) -> None:
        self.root = _folder(url) / ".pulumi"

    def checkpoint(self, project: str, stack: str) -> Path:
        plain = self.root / "stacks" / _name(project) / f"{_name(stack)}.json"
        return next((path for path in self._forms(plain) if path.exists()), plain)

    def _forms(self, plain: Path) -> list[Path]:
        return [plain.with_name(plain.name + suffix) for suffix in SUFFIXES]

    def own(self, project: str, stack: str, suffix: str) -> Path:
        """A file of ours beside Pulumi's own; the official CLI never looks there."""
        return self.root / "retailops" / _name(project) / f"{_name(stack)}.{suffix}"

    def locks(self, project: str, stack: str) -> Path:
        return self.root / "locks" / "organization" / _name(project) / _name(stack)

    def prepare(self) -> None:
        """Marks an empty folder as the layout that has projects."""
        meta = self.root / "meta.yaml"
        if not meta.exists():
            files.write(meta, b"version: 1\n")

    def load(self, project: str, stack: str) -> Stored:
        """Reads a checkpoint; raises for everything that must not be touched, having touched nothing."""
        self._refuse_layout(project, stack)
        path = self.checkpoint(project, stack)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return Stored(None, "")
        return Stored(_parse(path, content), hashlib.sha256(content).hexdigest())

    def save(self, project: str, stack: str, content: bytes) -> None:
        """`content` is the JSON text; it is compressed where the stack's file is."""
        self.prepare()
        path = self.checkpoint(project, stack)
        if path.exists():
            backup = path.with_name(path.name + ".bak")
            files.write(backup, path.read_bytes())
        files.write(path, pack(path, content))

    def remember(self, project: str, stack: str, update: Mapping[str, Any], content: bytes) -> None:
        """Adds one entry to the stack's history."""
        folder = self.root / "history" / _name(project) / stack
        stem = f"{stack}-{time.time_ns()}"
        files.write(folder / f"{stem}.history.json", json.dumps(update, indent=4).encode())
        files.write(folder / f"{stem}.checkpoint.json", content)

    def _refuse_layout(self, project: str, stack: str) -> None:
        stacks = self.root / "stacks"
        if not (self.root / "meta.yaml").exists() and stacks.is_dir() and any(stacks.glob("*.json*")):
            raise RetailopsError(
                f"{self.root} has the layout of Pulumi versions before projects",
                resolution="Run `pulumi state upgrade` on it with the official CLI.",
            )
        meta = self.root / "meta.yaml"
        if meta.exists() and meta.read_text(encoding="utf-8").split() != ["version:", "1"]:
            raise RetailopsError(f"{meta} names a layout that is not known here", resolution=CLI)
        if (self.root / "journal" / project / stack).exists():
            raise RetailopsError(
                f"the official CLI left a journal for stack {stack} of {project}: its last update did not end",
                resolution="Run `pulumi refresh` with the official CLI first, so that it folds its journal.",
            )
        forms = [path.name for path in self._forms(stacks / project / f"{stack}.json") if path.exists()]
        if len(forms) > 1:
            raise RetailopsError(
                f"stack {stack} of {project} has more than one state file: {', '.join(forms)}",
                details=str(stacks / project),
                resolution="Keep the newest one in this folder and move the others away.",
            )


def _parse(path: Path, content: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(unpack(path, content))
        version = document["version"]
        assert isinstance(version, int)
    except (ValueError, KeyError, TypeError, AssertionError, EOFError, OSError) as error:
        raise _damaged(path, error) from error
    if version != 3 or document.get("features"):
        raise RetailopsError(f"{path} is a checkpoint of version {version}; version 3 is known here", resolution=CLI)
    try:
        _verify(document["checkpoint"].get("latest") or {})
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _damaged(path, error) from error
    assert isinstance(document, dict)
    return document


def _damaged(path: Path, error: Exception) -> RetailopsError:
    """Names what there is to go back to, the file before the last write first."""
    stack = path.name.partition(".json")[0]
    history = path.parents[2] / "history" / path.parent.name / stack
    kept = [path.with_name(path.name + ".bak"), *sorted(history.glob("*.checkpoint.json*"), reverse=True)[:1]]
    there = " or ".join(str(one) for one in kept if one.exists())
    return RetailopsError(
        f"the state file {path} is damaged",
        details=f"{type(error).__name__}: {error}",
        resolution=f"Restore it from {there}." if there else "Restore it from a backup of your own.",
    )


def _verify(latest: Mapping[str, Any]) -> None:
    """What Pulumi checks too: the manifest's magic, everything after what it needs, no URN twice."""
    manifest = latest.get("manifest") or {}
    if manifest and manifest["magic"] != magic(manifest["version"]):
        raise ValueError("the manifest's magic does not fit its version")
    seen: set[str] = set()
    for item in latest.get("resources") or ():
        urn, provider = item["urn"], item.get("provider", "").rpartition("::")[0]
        needs = {item.get("parent", ""), provider, *(item.get("dependencies") or ())} - {""}
        if missing := needs - seen:
            raise ValueError(f"{urn} refers to {min(missing)}, which is not before it")
        if urn in seen and not item.get("delete"):
            raise ValueError(f"{urn} is there twice")
        seen.add(urn)


def _folder(url: str) -> Path:
    parts = urlsplit(url)
    if parts.scheme not in ("", "file"):
        raise RetailopsError(
            f"the built-in engine keeps state in folders; {parts.scheme}:// is not built yet",
            resolution="Name a folder, or use the official Pulumi CLI.",
        )
    return Path(unquote(parts.netloc + parts.path) if parts.scheme else url).expanduser().absolute()


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise UsageError(
            f"{text!r} can't be the name of a project or a stack",
            resolution="Use letters, digits, '_', '-' and '.', beginning with a letter or a digit.",
        )
    return text
