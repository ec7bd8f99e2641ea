"""The base image as data: packages, the few files that make a systemd-nspawn machine behave like store hardware, and what is off.

The image stands for the chain's golden image. Its own files know nothing of stores: roles bring everything else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "kmod", "netbase", "procps", "less", "ca-certificates", "curl", "openssl"),
    *("openssh-server", "python3", "python3-yaml", "python3-apt", "sqlite3", "socat", "tcpdump", "busybox-static"),
    *("nftables", "iptables", "conntrack", "ethtool", "iproute2", "iputils-ping"),
    *("frr", "frr-pythontools", "wireguard-go", "wireguard-tools", "dnsmasq", "chrony"),
    *("containerd", "runc", "containernetworking-plugins"),
)

ROLES_START = ("chrony.service", "containerd.service", "dnsmasq.service", "frr.service")
"""Installed but off: a role turns them on."""

MASKED = (
    *("nftables.service", "console-getty.service", "getty@.service", "cron.service"),
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer", "logrotate.timer"),
    *("e2scrub_all.timer", "e2scrub_reap.service", "systemd-pstore.service", "systemd-update-utmp-runlevel.service"),
    *("systemd-ask-password-console.path", "systemd-ask-password-wall.path"),
)
"""nftables.service flushes everybody's rules; the rest only costs time in a lab, or inotify instances, of which Debian gives a user 128."""

_CGROUPS = """#!/bin/sh
# nspawn mounts the v1 hierarchies read-only; a store's server may write them. Without `bind` some refuse.
for each in /sys/fs/cgroup/*/; do
    grep -q " ${each%/} cgroup ro" /proc/mounts && mount -o remount,bind,rw "${each%/}"
done
exit 0
"""

_CGROUPS_UNIT = """[Unit]
Description=Writable control groups, as hardware has them
DefaultDependencies=no
Before=sysinit.target
ConditionVirtualization=systemd-nspawn

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/retailops-lab/cgroups

[Install]
WantedBy=sysinit.target
"""

FILES: Mapping[str, tuple[str, int]] = {
    "etc/ssh/sshd_config.d/lab.conf": (
        "HostKey /etc/ssh/ssh_host_ed25519_key\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PermitRootLogin prohibit-password\nUseDNS no\nMaxStartups 100\n",
        0o644,
    ),
    "etc/systemd/network/05-mgmt0.network": ("[Match]\nName=mgmt0\n\n[Link]\nUnmanaged=yes\n", 0o644),
    "etc/systemd/journald.conf.d/lab.conf": ("[Journal]\nRuntimeMaxUse=32M\nRateLimitBurst=0\n", 0o644),
    "etc/systemd/system.conf.d/lab.conf": ("[Manager]\nDefaultTimeoutStopSec=20s\nShowStatus=no\n", 0o644),
    # All machines share the computer's clock: chronyd serves time but must not set it.
    "etc/default/chrony": ('DAEMON_OPTS="-F 1 -x"\n', 0o644),
    "etc/systemd/system/chrony.service.d/lab.conf": ("[Unit]\nConditionCapability=\n", 0o644),
    "usr/local/lib/retailops-lab/cgroups": (_CGROUPS, 0o755),
    "etc/systemd/system/lab-cgroups.service": (_CGROUPS_UNIT, 0o644),
    "etc/machine-id": ("uninitialized\n", 0o444),
    "etc/resolv.conf": ("", 0o644),
    "etc/fstab": ("", 0o644),
}

LINKS: Mapping[str, str] = {
    "etc/systemd/system/sysinit.target.wants/lab-cgroups.service": "/etc/systemd/system/lab-cgroups.service",
    **{f"etc/systemd/system/{unit}": "/dev/null" for unit in MASKED},
}

DROPPED = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale", "var/log")
"""Folders whose content the image goes without."""


def digest(suite: str) -> str:
    """What the image is made of, as 16 hex digits: its cache folder's name."""
    text = json.dumps([suite, PACKAGES, ROLES_START, LINKS, FILES, DROPPED])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
