"""The probe of a cluster, on a made-up node: what it sees, and that a part it can't have spoils no other."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from retailops.probes import edge_state

SECRET = "/registry/secrets/default/demo"


def make_store(data: Path, *rows: tuple[str, bytes, int]) -> None:
    folder = data / "server" / "db"
    folder.mkdir(parents=True)
    connection = sqlite3.connect(folder / "state.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(
        "CREATE TABLE kine (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, deleted INTEGER, value BLOB)"
    )
    connection.executemany(
        "INSERT INTO kine (name, value, deleted) VALUES (?, ?, ?)",
        [("/registry/namespaces/kube-system", b"k8s\x00", 0), *rows],
    )
    connection.commit()
    connection.close()


def test_an_encrypted_secret_is_seen_and_only_its_newest_row_counts(tmp_path: Path) -> None:
    make_store(tmp_path, (SECRET, b"k8s\x00plain", 0), (SECRET, b"k8s:enc:aescbc:v1:key:\x99", 0))
    assert edge_state.secrets(str(tmp_path)) == {"encrypted": True, "found": 1, "plain": []}


def test_one_plain_secret_is_named(tmp_path: Path) -> None:
    make_store(tmp_path, (SECRET, b"k8s\x00plain", 0), (SECRET + "2", b"k8s:enc:aescbc:v1:key:\x99", 0))
    assert edge_state.secrets(str(tmp_path)) == {"encrypted": False, "found": 2, "plain": [SECRET]}


def test_no_secret_proves_nothing_and_a_deleted_one_does_not_count(tmp_path: Path) -> None:
    make_store(tmp_path, (SECRET, b"k8s\x00plain", 0), (SECRET, b"k8s\x00plain", 1))
    assert edge_state.secrets(str(tmp_path)) == {"encrypted": False, "found": 0, "plain": []}


def test_the_backup_is_restored_read_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    make_store(tmp_path, (SECRET, b"x", 0))
    found = edge_state.backup(str(tmp_path))
    assert (found["ok"], found["integrity"], found["rows"], found["names"]) == (True, "ok", 2, 2)
    assert list(scratch.iterdir()) == []


def test_a_damaged_store_is_no_backup(tmp_path: Path) -> None:
    make_store(tmp_path, *((f"{SECRET}{n}", b"x" * 3000, 0) for n in range(50)))
    database = tmp_path / "server" / "db" / "state.db"
    content = bytearray(database.read_bytes())
    for page in range(3, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xa5" * 64
    database.write_bytes(content)
    found: dict[str, Any] = edge_state.part(lambda: edge_state.backup(str(tmp_path)))
    assert not found.get("ok"), found


def test_a_certificate_tells_its_days(tmp_path: Path) -> None:
    crt = tmp_path / "a.crt"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "100",
        "-subj",
        "/CN=a",
    ]
    files = ["-keyout", str(tmp_path / "a.key"), "-out", str(crt)]
    subprocess.run([*made, *files], check=True, capture_output=True)
    assert 99 < edge_state.certificate(str(crt))["days"] <= 100


def test_a_node_without_a_cluster_answers_part_by_part(tmp_path: Path) -> None:
    args = {"binary": str(tmp_path / "k3s"), "data": str(tmp_path), "config": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-", json.dumps(args)],
        input=Path(edge_state.__file__).read_text(),
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    wrong = {name for name, value in answer.items() if isinstance(value, dict) and "error" in value}
    assert wrong == {"version", "binary_sha256", "nodes", "secrets", "backup", "kubeconfig"}
    assert (answer["least_days"], answer["mark"], answer["images"]) == (0, None, [])
