"""Rollouts in the SQLite file of the revisions: what was released in one row, how far it is in the same row's second column."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from retailops.drivers.sqlite import Database
from retailops.ports import Progress, Release, ReleasedRing, Rollout

SCHEMA = """
CREATE TABLE IF NOT EXISTS rollout (
    number INTEGER PRIMARY KEY AUTOINCREMENT, status TEXT NOT NULL, progress TEXT NOT NULL, release TEXT NOT NULL);
"""


class SqliteRollouts:
    """Implements `ports.Rollouts`."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA)

    def release(self, release: Release, progress: Progress) -> Rollout:
        row = (progress.status, _text(progress), _text(release))
        with self._database.write() as db:
            db.execute("UPDATE rollout SET status = 'superseded' WHERE status IN ('open', 'stopped')")
            number = db.execute("INSERT INTO rollout (status, progress, release) VALUES (?, ?, ?)", row).lastrowid
        assert number is not None
        return Rollout(number, release, progress)

    def latest(self) -> Rollout | None:
        with self._database.read() as db:
            row = db.execute("SELECT * FROM rollout ORDER BY number DESC LIMIT 1").fetchone() if db else None
        return Rollout(row["number"], _release(json.loads(row["release"])), _progress(row)) if row else None

    def progress(self, number: int) -> Progress:
        with self._database.read() as db:
            assert db is not None
            row = db.execute("SELECT status, progress FROM rollout WHERE number = ?", (number,)).fetchone()
        return _progress(row)

    def keep(self, number: int, progress: Progress) -> None:
        self._update(number, progress, ("open",))

    def resume(self, number: int, progress: Progress) -> None:
        self._update(number, progress, ("open", "stopped"))

    def _update(self, number: int, progress: Progress, held: tuple[str, ...]) -> None:
        with self._database.write() as db:
            db.execute(
                f"UPDATE rollout SET status = ?, progress = ? WHERE number = ? AND status IN ({', '.join('?' * len(held))})",
                (progress.status, _text(progress), number, *held),
            )


def _text(value: Release | Progress) -> str:
    def plain(item: Any) -> Any:
        return item.isoformat() if isinstance(item, datetime) else item.total_seconds()

    return json.dumps(asdict(value), default=plain, ensure_ascii=False, separators=(",", ":"))


def _release(row: dict[str, Any]) -> Release:
    rings = tuple(
        ReleasedRing(ring["name"], timedelta(seconds=ring["soak"]), tuple(ring["stacks"])) for ring in row["rings"]
    )
    return Release(**{**row, "at": datetime.fromisoformat(row["at"]), "rings": rings})


def _progress(row: Any) -> Progress:
    kept = json.loads(row["progress"])
    moments = {key: {n: datetime.fromisoformat(t) for n, t in kept[key].items()} for key in ("opened", "settled")}
    resumed = kept["resumed"] and datetime.fromisoformat(kept["resumed"])
    return Progress(**{**kept, **moments, "status": row["status"], "resumed": resumed})
