"""A host: its own files over the base image, and the command that boots it."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from retailops.lab import cgroups, record, spaces
from retailops.lab.topology import Machine, Topology

WITHHELD = ("SYS_TIME", "SYS_MODULE")
"""Capabilities that would reach the computer itself: its clock, its kernel."""

DISKS = "srv/disks"
"""Where a host finds the files that stand in for its disks, without the leading slash."""

_CAPABILITIES = ("--capability=all", f"--drop-capability={','.join('CAP_' + name for name in WITHHELD)}")
_SYSCALLS = "--system-call-filter=@mount @keyring bpf perf_event_open"

_BOOT = """
for group in "$@"; do [ "$group" = -- ] && break; echo $$ >"$group/cgroup.procs" || exit 70; shift; done; shift
mount -t overlay -o "$OVERLAY" overlay "$ROOT" && exec "$@"
"""


def folder(topology: Topology, machine: Machine) -> Path:
    return record.folder(topology.record.id) / "hosts" / machine.name


def prepare(topology: Topology, machine: Machine) -> None:
    """Writes the host's own files (name, keys, machine id) once; half-written ones are made anew."""
    own = folder(topology, machine)
    if (own / "ready").exists():
        return
    if own.exists():
        shutil.rmtree(own)
    upper = own / "upper"
    for name in ("work", "root", "upper/etc/ssh", "upper/root/.ssh"):
        (own / name).mkdir(parents=True)
    (upper / "root").chmod(0o700)
    (upper / "root/.ssh").chmod(0o700)
    (upper / "etc/hostname").write_text(machine.name + "\n")
    (upper / "etc/hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {machine.name}\n::1 localhost\n")
    (upper / "etc/machine-id").write_text(secrets.token_hex(16) + "\n")
    _keys(topology, upper, own)
    _disks(topology, machine, upper)
    (own / "ready").touch()


def _disks(topology: Topology, machine: Machine, upper: Path) -> None:
    """A hyperconverged host's disks are sparse files, each named by its serial number as the kernel names a real one."""
    spec = next((each for each in topology.record.hci if each.name == machine.name), None)
    for disk in spec.disks if spec else ():
        path = upper / DISKS / disk.serial
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(disk.gib * 1024**3)


def _keys(topology: Topology, upper: Path, own: Path) -> None:
    """The host's key is made here, before its first boot, so that nobody has to trust it on first use."""
    key = upper / "etc/ssh/ssh_host_ed25519_key"
    spaces.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", own.name, "-f", str(key))
    authorized = upper / "root/.ssh/authorized_keys"
    shutil.copyfile(identity(topology).with_suffix(".pub"), authorized)
    authorized.chmod(0o600)


def identity(topology: Topology) -> Path:
    """The key that opens every host of the lab, made when it is first asked for."""
    key = record.folder(topology.record.id) / "ssh" / "id_ed25519"
    if not key.with_suffix(".pub").exists():
        key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key.unlink(missing_ok=True)
        spaces.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", topology.root, "-f", str(key))
    return key


def known_hosts(topology: Topology) -> Path:
    """Writes and returns the file that names every host's key, by address and by name."""
    path = record.folder(topology.record.id) / "ssh" / "known_hosts"
    lines = []
    for host in topology.hosts:
        public = folder(topology, host) / "upper/etc/ssh/ssh_host_ed25519_key.pub"
        lines.append(f"{host.management},{host.name} {' '.join(public.read_text().split()[:2])}\n")
    temporary = path.with_suffix(".tmp")
    temporary.write_text("".join(lines))
    temporary.replace(path)
    return path


def command(topology: Topology, machine: Machine) -> tuple[list[str], dict[str, str]]:
    """The argv that boots the host, and what its environment needs beside the mark.

    The overlay is mounted in a mount namespace of its own: it is gone with the host, however that ends. systemd-nspawn runs in
    the host's network namespace, so that the /sys it mounts shows the host's interfaces; of /proc/sys only the network's part is
    writable, since the rest is the computer's.
    """
    own = folder(topology, machine)
    groups = [str(group) for group in cgroups.make(topology.record.id, machine.name)]
    nspawn = ["systemd-nspawn", "-q", "-b", f"--directory={own / 'root'}", f"--machine={machine.space}"]
    nspawn += [f"--hostname={machine.name}", "--register=no", "--keep-unit", "--resolv-conf=off", "--timezone=off"]
    nspawn += [*_CAPABILITIES, _SYSCALLS, "--bind=/dev/kmsg", "--bind=/dev/net/tun"]
    argv = ["unshare", "--mount", "--propagation=slave", "sh", "-c", _BOOT, "sh", *groups, "--"]
    argv += ["nsenter", f"--net={spaces.path(machine.space)}", *nspawn]
    lower = f"{topology.record.layer}:{topology.record.base}" if machine.role == "hci" else topology.record.base
    overlay = f"lowerdir={lower},upperdir={own / 'upper'},workdir={own / 'work'}"
    return argv, {
        "OVERLAY": overlay,
        "ROOT": str(own / "root"),
        "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",
        "SYSTEMD_LOG_LEVEL": "warning",
    }


def forget(machine_space: str, own: Path) -> None:
    """Removes what systemd-nspawn leaves in /run: its propagation folder and the lock of the root's inode."""
    shutil.rmtree(Path("/run/systemd/nspawn/propagate", machine_space), ignore_errors=True)
    inodes = {str(part.stat().st_ino) for part in (own / "root", own / "upper") if part.exists()}
    for lock in Path("/run/systemd/nspawn/locks").glob("inode-*"):
        if lock.name.rpartition(":")[2] in inodes:
            lock.unlink(missing_ok=True)
