"""What this computer has for each need of the tool, found by looking (DESIGN section 6)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from retailops.ports import Choice


def survey(artifacts: Path) -> tuple[Choice, ...]:
    """One `Choice` a need; runs a few `--version` commands and changes nothing. `artifacts` is the build cache."""
    return tuple(_choices(artifacts))


def _choices(artifacts: Path) -> Iterator[Choice]:
    yield _package("durable runs", "dbos", "DBOS on SQLite", "DBOS on PostgreSQL", "runs")
    yield _package("configuration", "ansible-core", "ansible-core through ansible-runner", "the same", "ansible")
    yield _pulumi()
    yield _k3s(artifacts)
    yield _hosts()
    yield _wireguard()
    yield Choice(
        need="events from stores",
        chosen="the till's own journal and queue over HTTP",
        version="",
        why="a store's leaf node of the centre's event hub is not built yet",
        stands_in=True,
        production="NATS leaf nodes with JetStream",
    )
    yield _tool("signatures", "ssh-keygen", ("ssh", "-V"), "the same; the signer's key in an agent")


def _package(need: str, name: str, chosen: str, production: str, extra: str) -> Choice:
    try:
        return Choice(need, chosen, version(name), "installed with the tool", production=production)
    except PackageNotFoundError:
        return Choice(
            need, "", "", f"{name} is not installed", production=production, remedy=f"pip install 'retailops[{extra}]'"
        )


def _pulumi() -> Choice:
    official = "the official pulumi CLI with a shared state"
    found = shutil.which("pulumi")
    if found:
        return Choice(
            "Pulumi programs", "the official pulumi CLI", _says("pulumi", "version"), found, production=official
        )
    try:
        sdk = version("pulumi")
    except PackageNotFoundError:
        remedy = "pip install 'retailops[stacks]'"
        return Choice(
            "Pulumi programs", "", "", "neither pulumi nor its SDK is here", production=official, remedy=remedy
        )
    why = f"no pulumi on the PATH; SDK {sdk}"
    return Choice(
        "Pulumi programs", "the built-in engine", version("retailops"), why, stands_in=True, production=official
    )


def _k3s(artifacts: Path) -> Choice:
    production = "the official K3s release, pinned with its checksum"
    for path, why in ((shutil.which("k3s"), "on the PATH"), (str(artifacts / "k3s"), "built here")):
        if path and Path(path).is_file():
            said = _says(path, "--version")
            ours = "+retailops" in said
            name = "k3s/distro" if ours else "K3s"
            return Choice("K3s", name, said, why, stands_in=ours, production=production)
    return Choice("K3s", "", "", "not found and not built yet", production=production, remedy="retailops lab build")


def _hosts() -> Choice:
    production = "real hosts over SSH"
    if shutil.which("systemd-nspawn") and os.geteuid() == 0:
        said = _says("systemd-nspawn", "--version")
        return Choice(
            "hosts", "the lab: systemd-nspawn machines", said, "root, and systemd-nspawn is here", True, production
        )
    remedy = "as root: apt-get install systemd-container debootstrap nftables"
    return Choice("hosts", "", "", "no root, or no systemd-nspawn", production=production, remedy=remedy)


def _wireguard() -> Choice:
    if Path("/sys/module/wireguard").exists():
        return Choice("WireGuard", "the kernel's", "", "the module is loaded", production="the kernel module")
    why = "this kernel has no wireguard module loaded; nodes look again for themselves"
    return Choice("WireGuard", "wireguard-go on the nodes", "", why, stands_in=True, production="the kernel module")


def _tool(need: str, name: str, ask: tuple[str, ...], production: str) -> Choice:
    found = shutil.which(name)
    if found is None:
        return Choice(
            need, "", "", f"no {name} on the PATH", production=production, remedy="apt-get install openssh-client"
        )
    return Choice(need, name, _says(*ask), found, production=production)


def _says(*argv: str) -> str:
    """The first line that a command prints about its version; empty when it says nothing."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=10, stdin=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    text = (done.stdout or done.stderr).strip()
    return text.splitlines()[0] if text else ""
