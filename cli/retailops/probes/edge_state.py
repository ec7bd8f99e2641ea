"""What a store's cluster is, asked on a server: `{binary?, data?, config?}` -> one object, every part with its `error` where it could not be had.

`{version, binary_sha256, mark, nodes: [{name, ready, version, address}], certificates: [{path, days, ends}], least_days,
secrets: {encrypted, found, plain}, backup: {ok, bytes, rows, names, seconds, integrity}, kubeconfig: {mode, owner},
images: [archive names], clock}`. It changes nothing: the backup is a copy in a scratch folder that it removes.
"""

from __future__ import annotations

import calendar
import hashlib
import json
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

DATA = "/var/lib/rancher/k3s"
BINARY = "/usr/local/bin/k3s"
CONFIG = "/etc/rancher/k3s"
SECRETS = "/registry/secrets/%"
ENCRYPTED = b"k8s:enc:"


def said(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=25, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def digest(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def nodes(binary: str) -> list[dict[str, Any]]:
    items = json.loads(said(binary, "kubectl", "--request-timeout=10s", "get", "nodes", "-o", "json"))["items"]
    return [node(item) for item in items]


def node(item: dict[str, Any]) -> dict[str, Any]:
    status = item["status"]
    conditions = {each["type"]: each["status"] for each in status.get("conditions", ())}
    addresses = [each["address"] for each in status.get("addresses", ()) if each["type"] == "InternalIP"]
    return {
        "name": item["metadata"]["name"],
        "ready": conditions.get("Ready") == "True",
        "version": status["nodeInfo"]["kubeletVersion"],
        "address": addresses[0] if addresses else None,
    }


def certificates(data: str) -> list[dict[str, Any]]:
    """Of a chain the first certificate counts; `days` is how long it still lives."""
    folders = (f"{data}/server/tls", f"{data}/agent")
    paths = sorted(str(path) for folder in folders for path in Path(folder).glob("*.crt"))
    return [certificate(path) for path in paths]


def certificate(path: str) -> dict[str, Any]:
    ends = said("openssl", "x509", "-in", path, "-noout", "-enddate").strip().removeprefix("notAfter=")
    at = time.strptime(ends, "%b %d %H:%M:%S %Y GMT")
    left = (calendar.timegm(at) - time.time()) / 86400
    return {"path": path, "days": round(left, 1), "ends": time.strftime("%Y-%m-%dT%H:%M:%SZ", at)}


def reader(path: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)


def secrets(data: str) -> dict[str, Any]:
    """Every Secret as it lies in the store: the newest row of each, by its first bytes."""
    query = "SELECT name, value FROM kine WHERE id IN (SELECT MAX(id) FROM kine WHERE name LIKE ? GROUP BY name) AND deleted = 0"
    connection = reader(f"{data}/server/db/state.db")
    try:
        rows = connection.execute(query, (SECRETS,)).fetchall()
    finally:
        connection.close()
    plain = [name for name, value in rows if not bytes(value).startswith(ENCRYPTED)]
    return {"encrypted": bool(rows) and not plain, "found": len(rows), "plain": plain}


def backup(data: str) -> dict[str, Any]:
    """SQLite's own online backup into a scratch folder, then that copy is opened, checked and read."""
    start = time.monotonic()
    scratch = tempfile.mkdtemp(prefix="retailops-backup-")
    try:
        copied = f"{scratch}/state.db"
        source, target = reader(f"{data}/server/db/state.db"), sqlite3.connect(copied)
        with target:
            source.backup(target)
        source.close()
        target.close()
        return restored(copied) | {"seconds": round(time.monotonic() - start, 2)}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def restored(path: str) -> dict[str, Any]:
    connection = sqlite3.connect(path)
    try:
        integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
        rows = connection.execute("SELECT COUNT(*) FROM kine").fetchone()[0]
        names = connection.execute("SELECT COUNT(DISTINCT name) FROM kine WHERE deleted = 0").fetchone()[0]
        system = connection.execute(
            "SELECT COUNT(*) FROM kine WHERE name = '/registry/namespaces/kube-system'"
        ).fetchone()[0]
    finally:
        connection.close()
    ok = integrity == "ok" and rows > 0 and system > 0
    return {"ok": ok, "integrity": integrity, "rows": rows, "names": names, "bytes": Path(path).stat().st_size}


def kubeconfig(config: str) -> dict[str, Any]:
    info = Path(f"{config}/k3s.yaml").stat()
    return {"mode": f"{stat.S_IMODE(info.st_mode):04o}", "owner": info.st_uid}


def mark(config: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(Path(f"{config}/.retailops").read_text())
        return found
    except (FileNotFoundError, ValueError):
        return None


def part(measure: Callable[[], Any]) -> Any:
    try:
        return measure()
    except (OSError, RuntimeError, ValueError, KeyError, sqlite3.Error, subprocess.TimeoutExpired) as error:
        return {"error": f"{type(error).__name__}: {error}"[:400]}


def state(args: dict[str, Any]) -> dict[str, Any]:
    binary, data, config = args.get("binary", BINARY), args.get("data", DATA), args.get("config", CONFIG)
    lives = part(lambda: certificates(data))
    return {
        "version": part(lambda: said(binary, "--version").splitlines()[0]),
        "binary_sha256": part(lambda: digest(binary)),
        "mark": part(lambda: mark(config)),
        "nodes": part(lambda: nodes(binary)),
        "certificates": lives,
        "least_days": min((each["days"] for each in lives), default=0) if isinstance(lives, list) else 0,
        "secrets": part(lambda: secrets(data)),
        "backup": part(lambda: backup(data)),
        "kubeconfig": part(lambda: kubeconfig(config)),
        "images": part(lambda: sorted(path.name for path in Path(f"{data}/agent/images").glob("*.tar"))),
        "clock": time.time(),
    }


if __name__ == "__main__":
    print(json.dumps(state(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {})))
