"""Evidence, journal and locks on disk: what only files can suffer."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retailops.drivers.clock import SystemClock
from retailops.drivers.evidence import SqliteEvidence
from retailops.drivers.journal import SqliteJournal
from retailops.drivers.locks import FileLocks
from retailops.drivers.sqlite import use_wal
from retailops.errors import Locked, RetailopsError
from retailops.ports import Evidence

ONE = Evidence(
    "hz0001", "wan", 1, "G6", "a", "probe", True, "me", datetime(2026, 11, 22, tzinfo=UTC), None, "d", {"n": 1}, "lab"
)


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    path = tmp_path / "evidence.sqlite"
    store = SqliteEvidence(path)
    for kind in "abcd":
        store.append(replace(ONE, kind=kind))
    return path


def forge(path: Path, *statements: str) -> None:
    """Somebody with the file and a SQLite of their own."""
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER evidence_is_kept")
        connection.execute("DROP TRIGGER evidence_is_not_changed")
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("statement", ["DELETE FROM evidence", "UPDATE evidence SET body = '{}'"])
def test_the_file_itself_refuses_changes(chain: Path, statement: str) -> None:
    with sqlite3.connect(chain) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "link"),
    [
        ("UPDATE evidence SET body = replace(body, '\"n\":1', '\"n\":2') WHERE kind = 'b'", "link 2 (wan/1 G6 b)"),
        ("UPDATE evidence SET gate = 'G8' WHERE kind = 'c'", "link 3 (wan/1 G8 c)"),
        ("UPDATE evidence SET body = 'garbage' WHERE kind = 'a'", "link 1 (wan/1 G6 a)"),
        ("UPDATE evidence SET hash = 'x' WHERE kind = 'd'", "link 4 (wan/1 G6 d)"),
        ("UPDATE evidence SET previous = 'x' WHERE kind = 'd'", "link 4 (wan/1 G6 d)"),
        ("DELETE FROM evidence WHERE kind = 'b'", "link 2 (wan/1 G6 c)"),
        ("UPDATE evidence SET id = 99 WHERE kind = 'b'", "link 2 (wan/1 G6 c)"),
        ("UPDATE evidence SET body = json_set(body, '$.payload', json('[1]')) WHERE kind = 'b'", "link 2 (wan/1 G6 b)"),
    ],
)
def test_a_broken_chain_names_its_first_bad_link(chain: Path, statement: str, link: str) -> None:
    forge(chain, statement)
    with pytest.raises(RetailopsError) as error:
        SqliteEvidence(chain).of("hz0001")
    assert f"broken at {link}" in error.value.message


def test_a_whole_chain_is_read_by_another_process(chain: Path) -> None:
    assert [link.kind for link in SqliteEvidence(chain).of("hz0001")] == list("abcd")


def test_appending_from_many_processes_keeps_one_chain(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom dataclasses import replace\nfrom pathlib import Path\n"
        "sys.path.insert(0, sys.argv[1])\nfrom test_stores_on_disk import ONE, SqliteEvidence\n"
        "store = SqliteEvidence(Path(sys.argv[2]))\n"
        "for n in range(20): store.append(replace(ONE, kind=f'{sys.argv[3]}-{n}'))\n"
    )
    path = tmp_path / "evidence.sqlite"
    argv = [sys.executable, "-c", program, str(Path(__file__).parent), str(path)]
    both = [subprocess.Popen([*argv, name]) for name in "xy"]
    assert [process.wait() for process in both] == [0, 0]
    assert len(SqliteEvidence(path).of("hz0001")) == 40


def test_reading_makes_no_file(tmp_path: Path) -> None:
    assert SqliteEvidence(tmp_path / "no" / "evidence.sqlite").of("hz0001") == ()
    assert SqliteJournal(tmp_path / "no" / "journal.sqlite", lambda _store: False).runs() == ()
    assert FileLocks(tmp_path / "no" / "locks", SystemClock()).held("hz0001") is False
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "evidence.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(RetailopsError, match=r"evidence\.sqlite can't be used"):
        SqliteEvidence(tmp_path / "evidence.sqlite").append(ONE)


def test_a_full_disk_is_named_and_leaves_the_chain_whole(chain: Path) -> None:
    store = SqliteEvidence(chain)
    assert len(store.of("hz0001")) == 4
    connection = store._database._connection
    assert connection is not None
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(RetailopsError, match="full"):
        store.append(replace(ONE, kind="e", payload={"big": "x" * 100_000}))
    assert len(SqliteEvidence(chain).of("hz0001")) == 4


HOLDER = """
import sys, time
from pathlib import Path
from retailops.drivers.clock import SystemClock
from retailops.drivers.locks import FileLocks
lock = FileLocks(Path(sys.argv[1]), SystemClock()).take("hz0001", "store onboard hz0001")
print("held", flush=True)
exec(sys.argv[2] if len(sys.argv) > 2 else "time.sleep(1000)")
"""


def holder(folder: Path, *then: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder), *then], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_a_killed_holder_frees_its_lock(tmp_path: Path) -> None:
    locks = FileLocks(tmp_path, SystemClock())
    process = holder(tmp_path)
    assert locks.held("hz0001")
    with pytest.raises(Locked, match=rf"pid {process.pid}\) since 20.*: store onboard hz0001"):
        locks.take("hz0001", "x")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not locks.held("hz0001")
    locks.take("hz0001", "x").release()


def test_the_next_holder_waits_for_the_tools_of_a_killed_one(tmp_path: Path) -> None:
    process = holder(tmp_path, "from retailops.drivers.tool import keep; keep(['sleep', '1000'])")
    from retailops.drivers import tool

    while not tool.keepers_of(process.pid):
        time.sleep(0.02)
    keeper = tool.keepers_of(process.pid)[0]
    os.kill(keeper, signal.SIGSTOP)
    process.kill()
    process.wait()
    waking = subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -CONT {keeper}"])
    FileLocks(tmp_path, SystemClock()).take("hz0001", "x").release()
    assert not tool.keepers_of(process.pid)
    waking.wait()


@pytest.mark.parametrize("name", ["../x", "", "a/b", ".hidden", "a\n"])
def test_a_name_that_is_a_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RetailopsError, match="no name of a lock"):
        FileLocks(tmp_path, SystemClock()).take(name, "x")


def test_a_file_that_another_process_is_just_making_is_waited_for(tmp_path: Path) -> None:
    """SQLite answers `database is locked` at once to whoever asks for WAL while somebody else writes."""
    path = tmp_path / "new.sqlite"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as first:
        first.execute("CREATE TABLE made (x)")
        first.execute("BEGIN IMMEDIATE")
        end = threading.Timer(0.2, lambda: first.execute("COMMIT"))
        end.start()
        with contextlib.closing(sqlite3.connect(path)) as second:
            use_wal(second)
            assert second.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        end.join()
