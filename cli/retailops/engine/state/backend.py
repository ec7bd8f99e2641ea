"""Stacks in the layout of Pulumi's file backend, in a folder or a bucket, and what is refused there."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retailops.engine.state.checkpoint import magic
from retailops.engine.state.journal_parts import Parts
from retailops.engine.state.objects import Objects, open_objects
from retailops.engine.state.packing import SUFFIXES, pack, unpack
from retailops.engine.urns import NAME
from retailops.errors import RetailopsError, UsageError

CLI = "Use the official Pulumi CLI for this stack, or hand it over: retailops cloud handover."
_META = "meta.yaml"


@dataclass(frozen=True)
class Stored:
    """A checkpoint as it lies there: `document` is None for a stack that has none; `digest` is the SHA-256 of the bytes."""

    document: Mapping[str, Any] | None
    digest: str


class Backend:
    """Keys and whole objects; it knows nothing of resources."""

    def __init__(self, url: str) -> None:
        self.objects: Objects = open_objects(url)

    def checkpoint(self, project: str, stack: str) -> str:
        """The key of the stack's file, in the form that is there, else plain."""
        plain = f"stacks/{_name(project)}/{_name(stack)}.json"
        return next(iter(self._forms(plain)), plain)

    def _forms(self, plain: str) -> list[str]:
        there = self.objects.names(plain)
        return [key for suffix in SUFFIXES if (key := plain + suffix) in there]

    def own(self, project: str, stack: str, suffix: str) -> Path:
        """A file of ours on this machine; in a folder it lies beside Pulumi's own, which its CLI never looks at."""
        return self.objects.local / _name(project) / f"{_name(stack)}.{suffix}"

    def shared(self, project: str, stack: str, suffix: str) -> str:
        """The key of an object of ours that every machine sees."""
        return f"retailops/{_name(project)}/{_name(stack)}.{suffix}"

    def parts(self, project: str, stack: str) -> Parts | None:
        """The stack's journal as other machines see it; None in a folder, which has no others."""
        return Parts(self.objects, f"{self.shared(project, stack, 'journal')}/") if self.objects.shared else None

    def cut_off(self, project: str, stack: str) -> bool:
        """Whether an update of ours left a journal."""
        parts = self.parts(project, stack)
        return self.own(project, stack, "journal").exists() or bool(parts and parts.read())

    def lock(self, project: str, stack: str, lock_id: str) -> str:
        """The key of one holder's lock, as Pulumi's CLI has them."""
        return f"locks/organization/{_name(project)}/{_name(stack)}/{lock_id}.json"

    def locks(self, project: str, stack: str) -> list[str]:
        return [
            key for key in self.objects.names(self.lock(project, stack, "")[: -len(".json")]) if key.endswith(".json")
        ]

    def prepare(self) -> None:
        """Marks an empty place as the layout that has projects."""
        if self.objects.read(_META) is None:
            self.objects.write(_META, b"version: 1\n")

    def load(self, project: str, stack: str) -> Stored:
        """Reads a checkpoint; raises for everything that must not be touched, having touched nothing."""
        key = self._accepted(project, stack)
        content = self.objects.read(key)
        if content is None:
            return Stored(None, "")
        return Stored(self._parse(key, content), hashlib.sha256(content).hexdigest())

    def save(self, project: str, stack: str, content: bytes) -> None:
        """`content` is the JSON text; it is compressed where the stack's file is."""
        self.prepare()
        key = self.checkpoint(project, stack)
        before = self.objects.read(key)
        if before is not None:
            self.objects.write(f"{key}.bak", before)
        self.objects.write(key, pack(key, content))

    def remember(self, project: str, stack: str, update: Mapping[str, Any], content: bytes) -> None:
        """Adds one entry to the stack's history."""
        stem = f"history/{_name(project)}/{_name(stack)}/{stack}-{time.time_ns()}"
        self.objects.write(f"{stem}.history.json", json.dumps(update, indent=4).encode())
        self.objects.write(f"{stem}.checkpoint.json", content)

    def project_salt(self, project: str) -> str:
        """The salt that the project's new stacks take; "" while there is none."""
        return (self.objects.read(self.shared(project, "project", "salt")) or b"").decode().strip()

    def _accepted(self, project: str, stack: str) -> str:
        """The key of a checkpoint that may be read, in a layout that is known."""
        meta = self.objects.read(_META)
        if meta is None and any(".json" in key for key in self.objects.names("stacks/")):
            raise RetailopsError(
                f"{self.objects.where('stacks')} has the layout of Pulumi versions before projects",
                resolution="Run `pulumi state upgrade` on it with the official CLI.",
            )
        if meta is not None and meta.split() != [b"version:", b"1"]:
            raise RetailopsError(f"{self.objects.where(_META)} names a layout that is not known here", resolution=CLI)
        plain = f"stacks/{_name(project)}/{_name(stack)}.json"
        if self.objects.names(f"journal/{project}/{stack}/"):
            raise RetailopsError(
                f"the official CLI left a journal for stack {stack} of {project}: its last update did not end",
                resolution="Run `pulumi refresh` with the official CLI first, so that it folds its journal.",
            )
        forms = self._forms(plain)
        if len(forms) > 1:
            raise RetailopsError(
                f"stack {stack} of {project} has more than one state file: {', '.join(Path(key).name for key in forms)}",
                details=self.objects.where(f"stacks/{project}"),
                resolution="Keep the newest one there and move the others away.",
            )
        return forms[0] if forms else plain

    def _parse(self, key: str, content: bytes) -> Mapping[str, Any]:
        where = self.objects.where(key)
        try:
            document = json.loads(unpack(key, content))
            version = document["version"]
            assert isinstance(version, int)
        except (ValueError, KeyError, TypeError, AssertionError, EOFError, OSError) as error:
            raise self._damaged(key, error) from error
        if version != 3 or document.get("features"):
            raise RetailopsError(
                f"{where} is a checkpoint of version {version}; version 3 is known here", resolution=CLI
            )
        try:
            _verify(document["checkpoint"].get("latest") or {})
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise self._damaged(key, error) from error
        assert isinstance(document, dict)
        return document

    def _damaged(self, key: str, error: Exception) -> RetailopsError:
        """Names what there is to go back to, the file before the last write first."""
        project, stack = key.split("/")[1], Path(key).name.partition(".json")[0]
        history = [name for name in self.objects.names(f"history/{project}/{stack}/") if ".checkpoint.json" in name]
        kept = [*self.objects.names(f"{key}.bak"), *history[-1:]]
        there = " or ".join(self.objects.where(one) for one in kept)
        return RetailopsError(
            f"the state file {self.objects.where(key)} is damaged",
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


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise UsageError(
            f"{text!r} can't be the name of a project or a stack",
            resolution="Use letters, digits, '_', '-' and '.', beginning with a letter or a digit.",
        )
    return text
