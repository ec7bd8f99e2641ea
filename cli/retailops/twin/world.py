"""What the simulated world remembers: one JSON document a store and one for the centre, safe against a kill at any moment."""

from __future__ import annotations

import fcntl
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from retailops.twin.faults import Fault

Document = dict[str, Any]
CENTRE = "centre"


class World:
    """The documents of `folder`, each written whole or not at all; `fault` may end the process at a chosen call."""

    def __init__(self, folder: Path, fault: Fault) -> None:
        self.folder = folder
        self.fault = fault
        self._threads = threading.RLock()
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def call(self, what: str, *names: str) -> Iterator[dict[str, Document]]:
        """One outside call: the documents `names`, kept as the caller leaves them; nothing is kept if it raises."""
        with self.fault.around(what):
            with self.open(*names) as documents:
                yield documents

    @contextmanager
    def open(self, *names: str) -> Iterator[dict[str, Document]]:
        """As `call`, without counting as one."""
        with self._threads, (self.folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            documents = {name: self._load(name) for name in names}
            before = {name: json.dumps(document, sort_keys=True) for name, document in documents.items()}
            yield documents
            for name, document in documents.items():
                after = json.dumps(document, sort_keys=True)
                if after != before[name]:
                    self._save(name, after)

    def _load(self, name: str) -> Document:
        try:
            document: Document = json.loads((self.folder / f"{name}.json").read_text())
        except FileNotFoundError:
            return {}
        return document

    def _save(self, name: str, text: str) -> None:
        half = self.folder / f".{name}.half"
        half.write_text(text)
        half.replace(self.folder / f"{name}.json")
