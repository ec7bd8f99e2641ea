"""One stack's state, opened: read, journalled while it changes, written back once."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retailops.engine.state import files, journal
from retailops.engine.state.backend import Backend, Stored
from retailops.engine.state.checkpoint import State, keeper_of, salt_of, state_from_json, state_to_json
from retailops.engine.state.crypto import Crypter, new_salt, passphrase_only
from retailops.engine.state.journal import Journal
from retailops.engine.state.packing import pack
from retailops.errors import RetailopsError

VERSION_MARK = "-retailops"


@dataclass
class Store:
    """A stack's place in a backend. `version` is what the manifest will name as its writer.

    `digest` is the SHA-256 of the file as it was read or written last: under the lock nobody else writes it.
    """

    backend: Backend
    project: str
    stack: str
    version: str
    digest: str = ""

    def open(self, passphrase: str, salt: str = "", *, reading: bool = False) -> tuple[State, Crypter, str]:
        """The state with a dead writer's journal folded in (in memory), its crypter, and the digest of the file.

        `salt` is the one of the stack's settings; else the state's own, else the project's, else a new one,
        which is kept unless only `reading`.
        """
        stored = self.backend.load(self.project, self.stack)
        self.digest = stored.digest
        if stored.document:
            passphrase_only(keeper_of(stored.document)[0], self.stack)
        entries = self._left()
        own = salt_of(stored.document) if stored.document else ""
        journalled = str(entries[0].get("salt", "")) if entries else ""
        crypter = Crypter(passphrase, salt or own or journalled or self._project_salt(passphrase, reading))
        reader = Crypter(passphrase, own) if own and own != crypter.salt else crypter
        state = state_from_json(stored.document, reader) if stored.document else State()
        self._refuse_other_engine(state)
        if entries and self._journal_counts(entries, stored):
            journal.fold(entries, state, Crypter(passphrase, journalled))
        return state, crypter, stored.digest

    def begin(self, state: State, crypter: Crypter) -> Journal:
        """Starts a journal over `state`; an older one is folded into the checkpoint first."""
        self.backend.prepare()
        parts = self.backend.parts(self.project, self.stack)
        if self._left():
            if parts and not journal.read(self._journal):
                files.write(self._journal, parts.read())
            self._write(state, crypter, self._announce)
            files.remove(self._journal)
        if parts:
            parts.clear()
        return Journal(self._journal, state, crypter, self.digest, parts.add if parts else None)

    def finish(self, log: Journal, crypter: Crypter, update: Mapping[str, Any]) -> str:
        """Folds the journal into the checkpoint, adds the history entry; the new digest. Without entries nothing is written."""
        log.state.pending.extend(log.unfinished())
        if not log.entries and not log.state.pending and update.get("unchanged"):
            self._close(log)
            return self.digest
        content = self._write(log.state, crypter, log.seal)
        self._close(log)
        finished = {key: value for key, value in update.items() if key != "unchanged"}
        self.backend.remember(self.project, self.stack, {**finished, "endTime": int(time.time())}, content)
        return self.digest

    @property
    def _journal(self) -> Path:
        return self.backend.own(self.project, self.stack, "journal")

    def _left(self) -> list[dict[str, Any]]:
        """What a dead writer left: on this machine all that it did, of another one's what it could still hand over."""
        parts = self.backend.parts(self.project, self.stack)
        if (here := journal.read(self._journal)) or parts is None:
            return here
        return journal.parse(parts.read(), parts.objects.where(parts.prefix))

    def _announce(self, digest: str) -> None:
        """In a dead writer's journal, wherever it is."""
        journal.announce(self._journal, digest)
        if (parts := self.backend.parts(self.project, self.stack)) and parts.read():
            parts.add(journal.as_line({"do": "fold", "digest": digest}))

    def _close(self, log: Journal) -> None:
        log.close(remove=True)
        if parts := self.backend.parts(self.project, self.stack):
            parts.clear()

    def _write(self, state: State, crypter: Crypter, announce: Callable[[str], None] | None = None) -> bytes:
        document = state_to_json(state, f"organization/{self.project}/{self.stack}", crypter, self.version)
        content = json.dumps(document, indent=4, ensure_ascii=False).encode()
        packed = pack(self.backend.checkpoint(self.project, self.stack), content)
        digest = hashlib.sha256(packed).hexdigest()
        if announce:
            announce(digest)
        self.backend.save(self.project, self.stack, content)
        self.digest = digest
        return content

    def _journal_counts(self, entries: list[dict[str, Any]], stored: Stored) -> bool:
        if any(entry.get("do") == "fold" and entry["digest"] == stored.digest for entry in entries):
            return False
        if entries[0].get("base") == stored.digest:
            return True
        raise RetailopsError(
            f"stack {self.stack} was written by somebody else after this engine's last update was cut off",
            details=f"journal: {self._journal}",
            resolution="Compare both by hand, then remove the journal; it lists what the cut-off update made.",
        )

    def _project_salt(self, passphrase: str, reading: bool) -> str:
        if kept := self.backend.project_salt(self.project):
            return kept
        salt, key = new_salt(passphrase), self.backend.shared(self.project, "project", "salt")
        if reading or self.backend.objects.create(key, salt.encode()):
            return salt
        return self.backend.project_salt(self.project)

    def _refuse_other_engine(self, state: State) -> None:
        if state.resources and VERSION_MARK not in state.version:
            raise RetailopsError(
                f"stack {self.stack} was last written by Pulumi {state.version}, not by the built-in engine",
                resolution="Go on with the official Pulumi CLI, or hand the stack over: retailops cloud handover.",
            )
