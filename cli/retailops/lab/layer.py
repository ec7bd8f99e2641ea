"""A layer over the base image with more packages, for hosts that are no store hardware: made once, kept by the digest of both."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from retailops import assets
from retailops.errors import ToolError
from retailops.lab import base, recipe

OnLine = Callable[[str], None]

HCI = (
    *("ceph-mon", "ceph-mgr", "ceph-osd", "ceph-common", "python3-rbd", "rbd-mirror"),
    *("libvirt-daemon-system", "libvirt-clients", "qemu-system-x86", "qemu-utils", "qemu-block-extra", "genisoimage"),
    *("corosync", "pacemaker", "pacemaker-cli-utils", "fence-agents", "resource-agents"),
)
"""What a hyperconverged host runs."""

_OFF = (
    *("ceph-crash.service", "nvmf-autoconnect.service", "smartmontools.service"),
    *("libvirtd.service", "libvirt-guests.service"),
    *("corosync.service", "pacemaker.service", "logd.service"),
)

# The computer's own apt settings name its mirrors; they are seen while the packages are fetched, and are no part of the layer.
_INSTALL = """
set -e
mount -t overlay -o "lowerdir=$LOWER,upperdir=$UPPER,workdir=$WORK" overlay "$ROOT"
mount --bind /etc/apt "$ROOT/etc/apt"; mount --bind "$(readlink -f /etc/resolv.conf)" "$ROOT/etc/resolv.conf"
mount -t tmpfs tmpfs "$ROOT/var/lib/apt/lists"; mkdir -p "$ROOT/var/cache/apt"; mount -t tmpfs tmpfs "$ROOT/var/cache/apt"
mount -t proc proc "$ROOT/proc"; mount --bind /dev "$ROOT/dev"; mount -t tmpfs tmpfs "$ROOT/tmp"
printf '#!/bin/sh\\nexit 101\\n' >"$ROOT/usr/sbin/policy-rc.d"; chmod 755 "$ROOT/usr/sbin/policy-rc.d"
mkdir -p "$ROOT/var/lib/apt/lists/partial" "$ROOT/var/cache/apt/archives/partial" "$ROOT/var/log/apt"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
chroot "$ROOT" apt-get -qq update
chroot "$ROOT" apt-get -y -qq -o Dpkg::Use-Pty=0 install --no-install-recommends "$@"
rm "$ROOT/usr/sbin/policy-rc.d"
"""


def path(packages: tuple[str, ...]) -> Path:
    """Where the layer with these packages over today's base is, or would be."""
    text = json.dumps([base.path().name, packages, _OFF, _INSTALL, recipe.DROPPED])
    return assets.cache() / "base" / f"layer-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def build(packages: tuple[str, ...], on_line: OnLine) -> Path:
    """Makes the layer unless it is there; about two minutes. Raises ToolError."""
    lower, target = base.build(on_line), path(packages)
    with base.alone():
        if target.is_dir():
            return target
        for left in target.parent.glob("building-*"):
            shutil.rmtree(left)
        work = Path(tempfile.mkdtemp(prefix="building-", dir=target.parent))
        for part in ("upper", "work", "root"):
            (work / part).mkdir()
        (work / "upper").chmod(0o755)
        on_line(f"base image: {len(packages)} more packages and what they need")
        _install(lower, work, packages)
        _finish(work / "upper")
        (work / "upper").rename(target)
        shutil.rmtree(work)
    return target


def _install(lower: Path, work: Path, packages: tuple[str, ...]) -> None:
    places = {"LOWER": lower, "UPPER": work / "upper", "WORK": work / "work", "ROOT": work / "root"}
    done = with_own_mounts(_INSTALL, {key: str(value) for key, value in places.items()}, *packages)
    if done.returncode:
        raise ToolError(
            "the packages of a hyperconverged host could not be installed",
            details="\n".join(done.stdout.splitlines()[-15:]),
            resolution="Check that apt-get update works on this computer, then repeat the command.",
        )


def with_own_mounts(script: str, values: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Runs a shell's script whose mounts nobody else sees and that end with it; `values` are its environment, `stdout` has both outputs."""
    return subprocess.run(
        ["unshare", "--mount", "--propagation=private", "sh", "-c", script, "sh", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **values},
    )


def _finish(upper: Path) -> None:
    for folder in recipe.DROPPED:
        if (upper / folder).is_dir():
            shutil.rmtree(upper / folder)
    # By listing: a glob with the whole name passes over a link whose target is in no folder of this computer.
    for link in (upper / "etc/systemd/system").glob("*.wants/*"):
        if link.name in _OFF:
            link.unlink()
