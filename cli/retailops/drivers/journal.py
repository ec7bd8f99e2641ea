"""What happened in runs, for people, in one SQLite file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from retailops.drivers.sqlite import Database
from retailops.ports import Event, Json

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, at TEXT NOT NULL, what TEXT NOT NULL, step TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_of_run ON events (run, id);
CREATE TABLE IF NOT EXISTS runs (
    run TEXT PRIMARY KEY, plan TEXT NOT NULL, status TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, step TEXT NOT NULL);
"""

ENDS = {"run_done": "done", "run_failed": "failed", "run_cancelled": "cancelled"}


class SqliteJournal:
    """Implements `ports.Journal`; the text of `run_started` is the plan digest.

    `held(store)` tells whether somebody works on the store now: a run that never ended and whose store is free was interrupted.
    """

    def __init__(self, path: Path, held: Callable[[str], bool]) -> None:
        self._database = Database(path, SCHEMA)
        self._held = held

    def add(self, event: Event) -> None:
        at = event.at.isoformat()
        with self._database.write() as db:
            db.execute(
                "INSERT INTO events (run, at, what, step, text) VALUES (?, ?, ?, ?, ?)",
                (event.run, at, event.what, event.step, event.text),
            )
            if event.what == "run_started":
                db.execute(
                    "INSERT INTO runs VALUES (?, ?, 'running', ?, NULL, '') "
                    "ON CONFLICT (run) DO UPDATE SET plan = excluded.plan, status = 'running', ended = NULL",
                    (event.run, event.text, at),
                )
            elif event.what == "step_started":
                db.execute("UPDATE runs SET step = ? WHERE run = ?", (event.step, event.run))
            elif event.what in ENDS:
                db.execute("UPDATE runs SET status = ?, ended = ? WHERE run = ?", (ENDS[event.what], at, event.run))

    def runs(self) -> tuple[Mapping[str, Json], ...]:
        with self._database.read() as db:
            rows = db.execute("SELECT * FROM runs ORDER BY rowid DESC").fetchall() if db else []
        return tuple(self._document(dict(row)) for row in rows)

    def events(self, run: str) -> tuple[Event, ...]:
        with self._database.read() as db:
            query = "SELECT run, at, what, step, text FROM events WHERE run = ? ORDER BY id"
            rows = db.execute(query, (run,)).fetchall() if db else []
        return tuple(Event(row["run"], datetime.fromisoformat(row["at"]), *row[2:]) for row in rows)

    def _document(self, row: dict[str, Json]) -> dict[str, Json]:
        store, stage, attempt = row["run"].split("/")
        status = row["status"]
        if status == "running" and not self._held(store):
            status = "interrupted"
        return {
            "run": row["run"],
            "store": store,
            "stage": stage,
            "attempt": int(attempt),
            "plan": row["plan"],
            "status": status,
            "started": row["started"],
            "ended": row["ended"],
            "step": row["step"],
        }
