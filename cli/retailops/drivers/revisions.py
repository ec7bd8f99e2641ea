"""Revisions of stacks and the fleet's pause in one SQLite file."""

from __future__ import annotations

from dataclasses import astuple
from datetime import datetime
from pathlib import Path
from typing import Any

from retailops.drivers.sqlite import Database
from retailops.ports import Pause, Revision

SCHEMA = """
CREATE TABLE IF NOT EXISTS revision (
    project TEXT NOT NULL, stack TEXT NOT NULL, wanted TEXT NOT NULL, applied TEXT NOT NULL, status TEXT NOT NULL,
    since TEXT NOT NULL, error TEXT NOT NULL, deferred TEXT, PRIMARY KEY (project, stack));
CREATE TABLE IF NOT EXISTS pause (
    one INTEGER PRIMARY KEY CHECK (one = 1), by TEXT NOT NULL, at TEXT NOT NULL, reason TEXT NOT NULL);
"""


class SqliteRevisions:
    """Implements `ports.Revisions`."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA)

    def put(self, *revisions: Revision) -> None:
        rows = [
            [value.isoformat() if isinstance(value, datetime) else value for value in astuple(revision)]
            for revision in revisions
        ]
        with self._database.write() as db:
            db.executemany("INSERT OR REPLACE INTO revision VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def of(self, project: str, stack: str) -> Revision | None:
        with self._database.read() as db:
            query = "SELECT * FROM revision WHERE (project, stack) = (?, ?)"
            row = db.execute(query, (project, stack)).fetchone() if db else None
        return _revision(dict(row)) if row else None

    def every(self) -> tuple[Revision, ...]:
        with self._database.read() as db:
            rows = db.execute("SELECT * FROM revision ORDER BY project, stack").fetchall() if db else []
        return tuple(_revision(dict(row)) for row in rows)


class SqlitePauses:
    """Implements `ports.Pauses`."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA)

    def pause(self, pause: Pause) -> Pause:
        with self._database.write() as db:
            row = (pause.by, pause.at.isoformat(), pause.reason)
            db.execute("INSERT OR IGNORE INTO pause VALUES (1, ?, ?, ?)", row)
            return _pause(dict(db.execute("SELECT * FROM pause").fetchone()))

    def current(self) -> Pause | None:
        with self._database.read() as db:
            row = db.execute("SELECT * FROM pause").fetchone() if db else None
        return _pause(dict(row)) if row else None

    def resume(self) -> Pause | None:
        held = self.current()
        if held:
            with self._database.write() as db:
                db.execute("DELETE FROM pause")
        return held


def _revision(row: dict[str, Any]) -> Revision:
    deferred = row["deferred"] and datetime.fromisoformat(row["deferred"])
    return Revision(**{**row, "since": datetime.fromisoformat(row["since"]), "deferred": deferred})


def _pause(row: dict[str, Any]) -> Pause:
    return Pause(row["by"], datetime.fromisoformat(row["at"]), row["reason"])
