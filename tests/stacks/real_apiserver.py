"""A real API server with its controllers and no node: the cluster binary's own components, on loopback."""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "retailops" / "k3s"


def binary() -> Path | None:
    """Named by RETAILOPS_K3S, else the newest that was built on this computer."""
    if named := os.environ.get("RETAILOPS_K3S"):
        return Path(named)
    found = sorted(CACHE.glob("*/k3s"), key=lambda path: path.stat().st_mtime) if CACHE.is_dir() else []
    return next((path for path in reversed(found) if not path.parent.name.startswith(".")), None)


@contextmanager
def running(k3s: Path, folder: Path) -> Iterator[Path]:
    """Gives a kubeconfig; everything that was started ends with the block."""
    port, token = _free_port(), secrets.token_hex(16)
    (folder / "tokens.csv").write_text(f'{token},test,test,"system:masters"\n')
    subprocess.run(["openssl", "genrsa", "-out", folder / "service.key", "2048"], check=True, capture_output=True)
    kubeconfig = folder / "kubeconfig"
    started: list[subprocess.Popen[bytes]] = []
    try:
        started.append(_start(k3s, folder, "kine", str(folder / "kine.sock"), str(folder / "state.db")))
        _until(lambda: (folder / "kine.sock").exists(), 30)
        started.append(_start(k3s, folder, "kube-apiserver", *_server_flags(folder, port)))
        _until(lambda: (folder / "certs" / "apiserver.crt").exists(), 30)
        _write_kubeconfig(kubeconfig, folder / "certs" / "apiserver.crt", port, token)
        _until(lambda: _ready(folder, port, token), 90)
        started.append(_start(k3s, folder, "kube-controller-manager", *_controller_flags(folder, kubeconfig)))
        yield kubeconfig
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def _server_flags(folder: Path, port: int) -> list[str]:
    key = folder / "service.key"
    return [
        f"--etcd-servers=unix://{folder}/kine.sock",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder}/certs",
        f"--token-auth-file={folder}/tokens.csv",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--service-account-issuer=https://test",
        "--service-cluster-ip-range=172.21.0.0/16",
        "--authorization-mode=RBAC",
        "--shutdown-delay-duration=0s",
    ]


def _controller_flags(folder: Path, kubeconfig: Path) -> list[str]:
    return [
        f"--kubeconfig={kubeconfig}",
        f"--service-account-private-key-file={folder}/service.key",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
    ]


def _start(k3s: Path, folder: Path, *words: str) -> subprocess.Popen[bytes]:
    with (folder / f"{words[0]}.log").open("wb") as log:
        return subprocess.Popen(
            [k3s, *words], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=folder
        )


def _write_kubeconfig(path: Path, certificate: Path, port: int, token: str) -> None:
    authority = base64.b64encode(certificate.read_bytes()).decode()
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": authority}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"token": token}}],
    }
    path.write_text(json.dumps(document))


def _ready(folder: Path, port: int, token: str) -> bool:
    trust = ssl.create_default_context(cafile=str(folder / "certs" / "apiserver.crt"))
    question = urllib.request.Request(f"https://127.0.0.1:{port}/readyz", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(question, context=trust, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _until(done: object, seconds: float) -> None:
    assert callable(done)
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "the API server did not come up; its logs are in the test's folder"
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
