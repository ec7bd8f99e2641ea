"""Evidence in one SQLite file: append-only, and chained by hash for each store."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from retailops.drivers.sqlite import Database
from retailops.errors import RetailopsError
from retailops.ports import Evidence

COLUMNS = ("store", "stage", "attempt", "gate", "kind", "previous")

SCHEMA = """
CREATE TABLE IF NOT EXISTS evidence (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    store TEXT NOT NULL, stage TEXT NOT NULL, attempt INTEGER NOT NULL, gate TEXT NOT NULL, kind TEXT NOT NULL,
    body TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL,
    UNIQUE (store, stage, attempt, gate, kind), UNIQUE (store, previous));
CREATE TRIGGER IF NOT EXISTS evidence_is_kept BEFORE DELETE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER IF NOT EXISTS evidence_is_not_changed BEFORE UPDATE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
"""


def canonical(evidence: Evidence) -> str:
    """All fields but the hash, as JSON with sorted keys and no white space; times in ISO 8601."""
    document = asdict(evidence)
    del document["hash"]
    document["payload"] = dict(evidence.payload)
    document["at"] = evidence.at.isoformat()
    document["expires"] = None if evidence.expires is None else evidence.expires.isoformat()
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sealed(evidence: Evidence, previous: str) -> Evidence:
    """The evidence as the link after the one whose hash is `previous` (empty for the first)."""
    linked = replace(evidence, previous=previous, hash="")
    return replace(linked, hash=hashlib.sha256(canonical(linked).encode()).hexdigest())


class SqliteEvidence:
    """Implements `ports.EvidenceStore`."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA)

    def append(self, evidence: Evidence) -> Evidence:
        key = (evidence.store, evidence.stage, evidence.attempt, evidence.gate, evidence.kind)
        with self._database.write() as db:
            there = db.execute(
                "SELECT * FROM evidence WHERE (store, stage, attempt, gate, kind) = (?, ?, ?, ?, ?)", key
            ).fetchone()
            if there is not None:
                return _evidence(dict(there))
            last = db.execute("SELECT hash FROM evidence WHERE store = ? ORDER BY id DESC LIMIT 1", key[:1]).fetchone()
            link = sealed(evidence, last["hash"] if last else "")
            db.execute(
                "INSERT INTO evidence (store, stage, attempt, gate, kind, body, previous, hash) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*key, canonical(link), link.previous, link.hash),
            )
        return link

    def of(self, store: str) -> tuple[Evidence, ...]:
        with self._database.read() as db:
            query = "SELECT * FROM evidence WHERE store = ? ORDER BY id"
            rows = db.execute(query, (store,)).fetchall() if db else []
        chain: list[Evidence] = []
        for row in map(dict, rows):
            link = _checked(row, chain[-1].hash if chain else "", len(chain) + 1)
            chain.append(link)
        return tuple(chain)


def _evidence(row: dict[str, Any]) -> Evidence:
    document = json.loads(row["body"])
    document["at"] = datetime.fromisoformat(document["at"])
    document["expires"] = document["expires"] and datetime.fromisoformat(document["expires"])
    return Evidence(**{**document, "hash": row["hash"]})


def _checked(row: dict[str, Any], previous: str, number: int) -> Evidence:
    """The link, if it is what was appended after `previous`."""
    try:
        link = _evidence(row)
        columns = all(getattr(link, name) == row[name] for name in COLUMNS)
        whole = columns and link == sealed(link, previous)
    except (ValueError, TypeError, KeyError, AttributeError):
        whole = False
    if whole:
        return link
    raise RetailopsError(
        f"the evidence of store {row['store']} is broken at link {number} "
        f"({row['stage']}/{row['attempt']} {row['gate']} {row['kind']}): it is not what was appended there",
        resolution="Somebody changed the file: restore it from a backup; nothing after the link before can be trusted.",
    )
