"""A real sshd on loopback with throw-away keys: what a node is to the drivers."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from retailops.drivers import tool
from retailops.ports import Host

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"


@dataclass
class Node:
    """`host` is how to reach it; `process` is its sshd."""

    host: Host
    folder: Path
    process: subprocess.Popen[bytes]

    def named(self, name: str) -> Host:
        return replace(self.host, name=name)

    def stop(self) -> None:
        """Ends sshd and the sessions it has open, as a power cut would."""
        tool.end(self.process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, process.stderr and process.stderr.read()
        time.sleep(0.02)
    raise AssertionError("sshd does not listen")


def start(folder: Path) -> Node:
    if not Path(SSHD).exists():
        pytest.skip("no sshd on this machine")
    port = free_port()
    host_key, identity = key(folder / "host_key"), key(folder / "identity")
    shutil.copy(f"{identity}.pub", folder / "authorized_keys")
    public = Path(f"{host_key}.pub").read_text()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}")
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host_key}\nAuthorizedKeysFile {folder}/authorized_keys\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\n"
        "Subsystem sftp internal-sftp\nMaxSessions 50\nLogLevel ERROR\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    command = [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")]
    process = tool.start(command)
    await_port(port, process)
    host = Host(
        name="hz0001-gw1",
        role="gateway",
        address="127.0.0.1",
        store="hz0001",
        user=getpass.getuser(),
        port=port,
        identity=identity,
        known_hosts=folder / "known_hosts",
    )
    return Node(host, folder, process)
