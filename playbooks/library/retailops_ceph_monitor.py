#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Makes the store of a Ceph monitor, whole or not at all, and puts away that of one which left."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_lock import hold_lock

DOCUMENTATION = """
module: retailops_ceph_monitor
short_description: Make the store of a Ceph monitor, or put it away
description:
  - A store that is there is kept. A new one is made in a folder beside and renamed when it is whole, since C(ceph-mon --mkfs) that
    was killed leaves a folder that it takes for a monitor's and can't read.
  - A monitor that the cluster took out never comes in again with its old store. That is put aside, the last one kept for whoever needs it.
options:
  name:
    description: The monitor's name.
    type: str
    required: true
  key:
    description: The secret that all monitors share; needed where the store is missing.
    type: str
  members:
    description: Monitors that the cluster has now; a store of one that isn't among them is put aside. Empty where nobody could be asked.
    type: list
    elements: str
    default: []
  state:
    description: C(absent) stops the monitor and its manager and puts the store aside.
    type: str
    choices: [present, absent]
    default: present
  folder:
    description: Where the stores are.
    type: path
    default: /var/lib/ceph/mon
"""

RETURN = """
made:
  description: Whether the store was made, or would be.
  type: bool
aside:
  description: Whether an old store was put aside, or would be.
  type: bool
"""


def keyring(folder, key):
    handle, path = tempfile.mkstemp(dir=folder, prefix=".keyring-")
    with os.fdopen(handle, "w") as file:
        file.write(f'[mon.]\n\tkey = {key}\n\tcaps mon = "allow *"\n')
    shutil.chown(path, "ceph", "ceph")
    return Path(path)


def make(module, folder, name, key):
    half = folder / f".ceph-{name}.new"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o750)
    shutil.chown(half, "ceph", "ceph")
    secret = keyring(folder, key)
    try:
        argv = ["ceph-mon", "--mkfs", "-i", name, "--mon-data", str(half), "--keyring", str(secret)]
        done = subprocess.run(
            [*argv, "--setuser", "ceph", "--setgroup", "ceph"], capture_output=True, text=True, check=False
        )
    finally:
        secret.unlink()
    if done.returncode:
        module.fail_json(msg=f"ceph-mon --mkfs failed: {done.stderr.strip()[-1000:]}")
    os.sync()
    half.rename(folder / f"ceph-{name}")


def put_aside(module, folder, name):
    units = [f"ceph-{kind}@{name}.service" for kind in ("mon", "mgr")]
    module.run_command(["systemctl", "disable", "--now", "--", *units], check_rc=True)
    old = folder / f".ceph-{name}.left"
    shutil.rmtree(old, ignore_errors=True)
    (folder / f"ceph-{name}").rename(old)


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "key": {"type": "str", "no_log": True},
            "members": {"type": "list", "elements": "str", "default": []},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "folder": {"type": "path", "default": "/var/lib/ceph/mon"},
        },
        supports_check_mode=True,
    )
    folder, name, key = Path(module.params["folder"]), module.params["name"], module.params["key"]
    there, members = (folder / f"ceph-{name}").is_dir(), module.params["members"]
    wanted = module.params["state"] == "present"
    aside = there and (not wanted or (bool(members) and name not in members))
    fresh = wanted and (aside or not there)
    if fresh and not module.params["key"] and not module.check_mode:
        module.fail_json(msg="a new monitor needs the key that all monitors share")
    if (aside or fresh) and not module.check_mode:
        hold_lock(module)
        if aside:
            put_aside(module, folder, name)
        if fresh:
            make(module, folder, name, key)
    module.exit_json(changed=aside or fresh, made=fresh, aside=aside)


if __name__ == "__main__":
    main()
