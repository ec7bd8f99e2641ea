"""What a computer lacks to run a lab, found by looking; nothing is changed."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from retailops.errors import RetailopsError
from retailops.lab import base, cgroups, service_images, slices, sources

_APT = "apt-get install systemd-container debootstrap nftables iproute2 openssh-client util-linux"
_INSTANCES = 40
_TOOLS = {
    "systemd-nspawn": "systemd-container",
    "nft": "nftables",
    "ip": "iproute2",
    "tc": "iproute2",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "ssh-keygen": "openssh-client",
}


@dataclass(frozen=True)
class Missing:
    """What is missing, and how to get it."""

    what: str
    how: str


def preflight() -> list[Missing]:
    """Everything that keeps a lab from running here; empty when it can. Takes some milliseconds."""
    if platform.system() != "Linux":
        return [Missing(f"Linux (this is {platform.system()})", "Use a Linux computer or a virtual machine.")]
    if os.geteuid() != 0:
        return [Missing("root: network namespaces and mounts need it", "Run it as root, for example with sudo.")]
    return [*_tools(), *_kernel(), *_free_range(), *scarce()]


def _tools() -> Iterator[Missing]:
    wanted = dict(_TOOLS)
    if not base.built():
        wanted["debootstrap"] = "debootstrap"
    if not service_images.built():
        wanted |= {"apt-get": "apt", "dpkg-deb": "dpkg"}
    for tool, package in wanted.items():
        if shutil.which(tool, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None:
            yield Missing(f"{tool} (package {package})", _APT)
    if not base.built():
        try:
            sources.mirror()
        except RetailopsError as error:
            yield Missing("an apt source to make hosts from", error.resolution or "")


def _kernel() -> Iterator[Missing]:
    if not cgroups.hierarchies():
        yield Missing("control groups (cgroup v1 or v2)", "Mount them at /sys/fs/cgroup.")
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        yield Missing("/dev/net/tun, which wireguard-go needs", "modprobe tun")
    if "overlay" not in Path("/proc/filesystems").read_text() and not Path("/sys/module/overlay").exists():
        yield Missing("the overlay file system", "modprobe overlay")
    if not _can_unshare():
        yield Missing("the right to make network namespaces", "Run it outside an unprivileged container.")


def _can_unshare() -> bool:
    import subprocess

    with tempfile.TemporaryDirectory() as there:
        done = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, cwd=there, check=False)
    return done.returncode == 0


def _free_range() -> Iterator[Missing]:
    if shutil.which("ip"):
        try:
            slices.choose()
        except RetailopsError as error:
            yield Missing(error.message, error.resolution or "")


def scarce(needed: int = _INSTANCES) -> list[Missing]:
    """Every init needs some inotify instances; a host that gets none stops in the middle of its boot without a word."""
    most = int(Path("/proc/sys/fs/inotify/max_user_instances").read_text())
    if most - (used := _inotify_instances()) >= needed:
        return []
    how = "End something (retailops lab status --all shows the labs), or: sysctl fs.inotify.max_user_instances=1024"
    return [Missing(f"inotify instances: {used} of this computer's {most} are in use, a lab needs {needed}", how)]


def _inotify_instances() -> int:
    found = 0
    for handle in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            found += str(handle.readlink()) == "anon_inode:inotify"
    return found
