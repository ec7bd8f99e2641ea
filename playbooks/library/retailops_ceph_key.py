#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Gives an entity of Ceph its key and its rights, and puts the key where its daemon reads it."""

from __future__ import annotations

import pwd
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_ceph import Cluster, has_monitor
from ansible.module_utils.retailops_lock import hold_lock
from ansible.module_utils.retailops_write import write_whole

DOCUMENTATION = """
module: retailops_ceph_key
short_description: Give an entity of Ceph its key and rights
description:
  - Runs on a monitor's host and acts with the monitor's own key, so that no administrator's key is on any host.
  - A key that is there is kept; rights that differ are set. The key stands in no argument vector, result or log.
options:
  entity:
    description: For example C(mgr.h1) or C(client.machines).
    type: str
    required: true
  caps:
    description: Rights by kind of daemon.
    type: dict
    required: true
  path:
    description: Where the key is put, readable for the daemon's user only; without it the key stays in the cluster.
    type: path
  monitor:
    description: The monitor on this host.
    type: str
    required: true
"""

RETURN = """
changed:
  description: Whether the key or its rights were made or set, or would be.
  type: bool
"""


def keyring(entity, key):
    return f"[{entity}]\n\tkey = {key}\n".encode()


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    shutil.chown(path.parent, "ceph", "ceph")
    daemon = pwd.getpwnam("ceph")
    write_whole(path, content, 0o600, (daemon.pw_uid, daemon.pw_gid))


def main():
    module = AnsibleModule(
        argument_spec={
            "entity": {"type": "str", "required": True},
            "caps": {"type": "dict", "required": True},
            "path": {"type": "path"},
            "monitor": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    entity, caps = module.params["entity"], module.params["caps"]
    path = Path(module.params["path"]) if module.params["path"] else None
    if module.check_mode and not has_monitor(module.params["monitor"]):
        module.exit_json(changed=True)
    cluster = Cluster(module, module.params["monitor"])
    found = cluster.ask("auth", "get", entity)
    right = found is not None and found[0]["caps"] == caps
    there = path is None or (right and path.is_file() and path.read_bytes() == keyring(entity, found[0]["key"]))
    if not (right and there) and not module.check_mode:
        hold_lock(module)
        words = [word for kind, what in caps.items() for word in (kind, what)]
        if not right:
            cluster.ask("auth", "caps" if found else "get-or-create", entity, *words)
        if path is not None:
            put(path, keyring(entity, cluster.ask("auth", "get", entity)[0]["key"]))
    module.exit_json(changed=not (right and there))


if __name__ == "__main__":
    main()
