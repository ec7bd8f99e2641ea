"""SQLite files of ours: write-ahead log, every commit on the disk before it is answered, errors that say what to do."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from retailops.errors import RetailopsError

WAIT_SECONDS = 30.0


def use_wal(connection: sqlite3.Connection) -> None:
    """Puts the database into WAL mode; SQLite itself does not wait when somebody else opens a new one at the same moment."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)


class Database:
    """One file; made with `schema` when first written. Threads take turns, processes wait for each other."""

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        self._schema = schema
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all on disk when the block has ended, or nothing. Raises `RetailopsError` for what SQLite refuses."""
        with self._lock, self._translated():
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection | None]:
        """A connection, or None where nothing was ever written; makes no file."""
        with self._lock, self._translated():
            yield self._open() if self._connection or self._path.exists() else None

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self._path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            use_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(self._schema)
            self._connection = connection
        return self._connection

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise RetailopsError(
                f"{self._path} can't be used: {error}",
                resolution="See that its folder can be written and the disk has room, then repeat the command.",
            ) from error
