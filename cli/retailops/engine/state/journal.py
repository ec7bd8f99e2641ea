"""Our own journal: every step on disk before and after it touches the world, folded into the checkpoint at the end."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from retailops.engine.state import files
from retailops.engine.state.checkpoint import Resource, State, resource_from_json, resource_to_json
from retailops.engine.state.crypto import Crypter
from retailops.errors import RetailopsError


class Journal:
    """Applies each entry to `state` and appends it. Threads that wait for the disk share one fsync.

    `ship` takes what reached the disk to where other machines see it. Once it fails nothing more is begun; what is under way
    is still written down here.
    """

    def __init__(
        self, path: Path, state: State, crypter: Crypter, base: str, ship: Callable[[bytes], None] | None = None
    ) -> None:
        self.state, self._crypter, self._path, self._ship = state, crypter, path, ship
        self._unshipped: list[bytes] = []
        self._away: RetailopsError | None = None
        self.entries = 0
        self._lock, self._sync = threading.Lock(), threading.Lock()
        self._written = self._synced = self._last = 0
        self._open: dict[int, tuple[str, Resource]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._file = path.open("wb")
        self._append({"journal": 1, "base": base, "salt": crypter.salt})
        files.sync_folder(path.parent)

    def begin(self, kind: str, resource: Resource) -> int:
        """On disk before it returns: the operation is going to touch the world."""
        with self._lock:
            self._last += 1
            number = self._last
            self._open[number] = (kind, resource)
        self._write({"do": "begin", "n": number, "kind": kind, "resource": resource_to_json(resource, self._crypter)})
        if self._away:
            raise self._away
        return number

    def end(self, number: int) -> None:
        """The operation's outcome is known and written."""
        with self._lock:
            self._open.pop(number, None)
        self._write({"do": "end", "n": number})

    def put(self, resource: Resource, ends: int = 0) -> None:
        document = resource_to_json(resource, self._crypter)
        self._commit({"do": "put", "resource": document, "ends": ends}, resource)

    def condemn(self, urn: str) -> None:
        """The resource stays until its successor is there, then it is deleted."""
        self._commit({"do": "condemn", "urn": urn})

    def drop(self, key: str, ends: int = 0) -> None:
        self._commit({"do": "drop", "key": key, "ends": ends})

    def unfinished(self) -> list[tuple[str, Resource]]:
        with self._lock:
            return list(self._open.values())

    def seal(self, digest: str) -> None:
        """Announces the checkpoint that this journal becomes."""
        self._away = None
        self._write({"do": "fold", "digest": digest})
        if self._away:
            raise self._away

    def close(self, *, remove: bool) -> None:
        self._file.close()
        if remove:
            files.remove(self._path)

    def _commit(self, entry: dict[str, Any], resource: Resource | None = None) -> None:
        with self._lock:
            self.entries += 1
            _apply(self.state, entry, resource)
            self._open.pop(entry.get("ends", 0), None)
        self._write(entry)

    def _write(self, entry: Mapping[str, Any]) -> None:
        mine = self._append(entry)
        with self._sync:
            if self._synced < mine:
                upto = self._written
                os.fsync(self._file.fileno())
                self._synced = upto
                self._share()

    def _share(self) -> None:
        if self._ship is None or self._away:
            return
        with self._lock:
            lines = list(self._unshipped)
        try:
            self._ship(b"".join(lines))
        except RetailopsError as error:
            self._away = error
            return
        with self._lock:
            del self._unshipped[: len(lines)]

    def _append(self, entry: Mapping[str, Any]) -> int:
        line = as_line(entry)
        with self._lock:
            self._file.write(line)
            self._file.flush()
            if self._ship:
                self._unshipped.append(line)
            self._written += 1
            return self._written


def _apply(state: State, entry: Mapping[str, Any], resource: Resource | None) -> None:
    if entry["do"] == "put":
        assert resource is not None
        state.resources[resource.key] = resource
    elif entry["do"] == "condemn":
        if (old := state.resources.pop(entry["urn"], None)) is not None:
            old = replace(old, delete=True)
            state.resources[old.key] = old
    elif entry["do"] == "drop":
        state.resources.pop(entry["key"], None)


def as_line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read(path: Path) -> list[dict[str, Any]]:
    """The entries that reached the disk; a torn last line is left out. Empty where there is no journal."""
    try:
        return parse(path.read_bytes(), str(path))
    except FileNotFoundError:
        return []


def parse(content: bytes, path: str) -> list[dict[str, Any]]:
    """The entries of a journal's text; `path` is for the error."""
    lines = content.split(b"\n")
    entries: list[dict[str, Any]] = []
    for number, line in enumerate(lines[:-1]):
        try:
            entries.append(json.loads(line))
        except ValueError as error:
            if number == len(lines) - 2:
                break
            raise RetailopsError(
                f"line {number + 1} of the engine's journal {path} is damaged",
                resolution="Restore it from a backup; the checkpoint beside it lacks the last update.",
            ) from error
    return entries


def announce(path: Path, digest: str) -> None:
    """Says in a dead writer's journal which checkpoint it becomes; a torn last line is cut off."""
    with path.open("r+b") as file:
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)
        file.seek(whole)
        file.write(as_line({"do": "fold", "digest": digest}))
        file.flush()
        os.fsync(file.fileno())


def fold(entries: list[dict[str, Any]], state: State, crypter: Crypter) -> None:
    """Applies a dead writer's entries; operations without an end become pending ones."""
    begun: dict[int, tuple[str, Resource]] = {}
    for entry in entries[1:]:
        resource = resource_from_json(entry["resource"], crypter) if "resource" in entry else None
        if entry["do"] == "begin":
            assert resource is not None
            begun[entry["n"]] = (entry["kind"], resource)
        elif entry["do"] == "end":
            begun.pop(entry["n"], None)
        elif entry["do"] != "fold":
            _apply(state, entry, resource)
            begun.pop(entry.get("ends", 0), None)
    state.pending.extend(begun.values())
