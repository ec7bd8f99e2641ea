#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Makes disks OSDs of a Ceph cluster, and never one that holds anything else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_lock import hold_lock

DOCUMENTATION = """
module: retailops_ceph_osd
short_description: Make disks OSDs of a Ceph cluster
description:
  - Each disk is found by its serial number. One that is an OSD of ours is kept; one that is empty becomes one; one that carries
    anything else, be it a file system, a partition table or somebody else's OSD, is refused and not touched.
  - Killed at any point it may run again, since a disk's id in the cluster comes from its serial number and is entered once.
options:
  disks:
    description: Disks with C(serial), C(uuid), C(kind) (nvme, ssd, hdd) and C(path).
    type: list
    elements: dict
    required: true
  key:
    description: The key of C(client.bootstrap-osd); needed where a disk is new.
    type: str
  known:
    description:
      - Number by uuid of every OSD that the cluster knows. With it, what is left of one that the cluster no longer knows is tidied up,
        and a disk that still carries such a one is refused. Left out in check mode, where nobody was asked.
    type: dict
"""

RETURN = """
units:
  description: The units of the host's OSDs, those that are not made yet left out in check mode.
  type: list
made:
  description: Serial numbers of disks that became OSDs, or would.
  type: list
retired:
  description: Units of OSDs that the cluster no longer knows, which were stopped and their folders removed, or would be.
  type: list
"""

FOLDER = Path("/var/lib/ceph/osd")
MAGIC = b"bluestore block device\n"
HEAD = 1 << 20
BY_HAND = "whoever is sure that it may go wipes it by hand"


class Refused(Exception):
    """The disk must not be touched; the text says why."""


def owner_of(path):
    """The uuid of the OSD on a disk, "" for an empty one; Refused for one with anything else on it."""
    try:
        with path.open("rb") as disk:
            head = disk.read(HEAD)
    except OSError as error:
        raise Refused(f"can't be read: {error.strerror}") from error
    if head.startswith(MAGIC):
        return head[len(MAGIC) : len(MAGIC) + 36].decode("ascii", "replace")
    done = subprocess.run(
        ["wipefs", "--noheadings", "--output", "TYPE", str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refused(f"its signatures can't be read: {done.stderr.strip()}")
    if found := done.stdout.split():
        raise Refused(f"carries {', '.join(sorted(set(found)))}; {BY_HAND}")
    if head.strip(b"\0"):
        raise Refused(f"is not empty, and nobody knows what it holds; {BY_HAND}")
    return ""


def made_folders():
    """uuid -> folder of the OSDs that this host has."""
    found = {}
    for folder in FOLDER.glob("ceph-*"):
        label = folder / "fsid"
        if label.is_file():
            found[label.read_text().strip()] = folder
    return found


def judge(disks, known):
    """Folders by uuid, disks to make, and what is wrong with others, before any of them is touched."""
    ours, new, wrong = made_folders(), [], []
    for disk in disks:
        name = f"disk {disk['serial']}"
        path = Path(disk["path"])
        if not path.exists():
            wrong.append(f"{name} is not in this host ({path})")
            continue
        try:
            owner = owner_of(path)
        except Refused as refusal:
            wrong.append(f"{name} {refusal}")
            continue
        if owner not in ("", disk["uuid"]):
            wrong.append(f"{name} is OSD {owner} of some cluster, not ours; it is not touched")
        elif owner and known is not None and owner not in known:
            wrong.append(f"{name} was taken out of the cluster and still carries its copies; {BY_HAND}")
        elif disk["uuid"] not in ours:
            new.append(disk)
    return ours, new, wrong


def run(module, argv, **options):
    done = subprocess.run(argv, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        module.fail_json(msg=f"{argv[0]} failed: {done.stderr.strip()[-800:]}")
    return done.stdout.strip()


def secret_of(module, half):
    """The OSD's own key, on disk before the cluster hears of it: asked again, the cluster must hear the same one."""
    kept = half / "secret"
    if not kept.is_file():
        fresh = half / ".secret"
        fresh.touch(0o600)
        fresh.write_text(run(module, ["ceph-authtool", "--gen-print-key"]))
        fresh.rename(kept)
    return kept.read_text()


def enter(module, disk, key, secret):
    """The OSD's number, which the cluster gives once for each uuid."""
    with tempfile.NamedTemporaryFile("w", dir="/run", prefix="retailops-") as file:
        file.write(f"[client.bootstrap-osd]\n\tkey = {key}\n")
        file.flush()
        argv = ["ceph", "-n", "client.bootstrap-osd", "--keyring", file.name, "--connect-timeout", "20"]
        body = json.dumps({"cephx_secret": secret, "crush_device_class": disk["kind"]})
        return run(module, [*argv, "osd", "new", disk["uuid"], "-i", "-"], input=body)


def make(module, disk, key):
    half = FOLDER / f".{disk['uuid']}.new"
    half.mkdir(mode=0o750, parents=True, exist_ok=True)
    secret = secret_of(module, half)
    number = enter(module, disk, key, secret)
    for left in half.iterdir():
        if left.name != "secret":
            left.unlink()
    block = half / "block"
    block.symlink_to(disk["path"])
    shutil.chown(disk["path"], "ceph", "ceph")
    ring = half / "keyring"
    ring.touch(0o600)
    ring.write_text(f"[osd.{number}]\n\tkey = {secret}\n")
    for path in (half, ring):
        shutil.chown(path, "ceph", "ceph")
    argv = ["ceph-osd", "--mkfs", "-i", number, "--osd-uuid", disk["uuid"], "--osd-data", str(half)]
    run(module, [*argv, "--setuser", "ceph", "--setgroup", "ceph"])
    os.sync()
    made = half.rename(FOLDER / f"ceph-{number}")
    (made / "secret").unlink()


def unit_of(folder):
    return f"ceph-osd@{folder.name.partition('-')[2]}.service"


def retire(module, folder):
    """A replaced disk's number is the cluster's next new one: its folder would stand in the way."""
    run(module, ["systemctl", "disable", "--now", unit_of(folder)])
    shutil.rmtree(folder)


def main():
    module = AnsibleModule(
        argument_spec={
            "disks": {"type": "list", "elements": "dict", "required": True},
            "key": {"type": "str", "no_log": True},
            "known": {"type": "dict"},
        },
        supports_check_mode=True,
    )
    disks, known = module.params["disks"], module.params["known"]
    ours, new, wrong = judge(disks, known)
    if wrong:
        module.fail_json(msg="; ".join(wrong))
    gone = [] if known is None else [folder for uuid, folder in ours.items() if uuid not in known]
    if (new or gone) and not module.check_mode:
        if new and not module.params["key"]:
            module.fail_json(msg="a new disk needs the key of client.bootstrap-osd")
        hold_lock(module)
        for folder in gone:
            retire(module, folder)
        for disk in new:
            make(module, disk, module.params["key"])
    there = made_folders()
    module.exit_json(
        changed=bool(new or gone),
        made=[disk["serial"] for disk in new],
        retired=[unit_of(folder) for folder in gone],
        units=[unit_of(there[disk["uuid"]]) for disk in disks if disk["uuid"] in there],
    )


if __name__ == "__main__":
    main()
