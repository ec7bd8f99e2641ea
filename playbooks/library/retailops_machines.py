#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Starts virtual machines that run nowhere, and no machine whose disk anybody has open."""

from __future__ import annotations

import subprocess
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_lock import hold_lock
from ansible.module_utils.retailops_rbd import Pool, keyring

DOCUMENTATION = """
module: retailops_machines
short_description: Start virtual machines that run nowhere
description:
  - A machine is started from its description's file and leaves nothing behind when it ends, so that a host that comes back starts
    none by itself.
  - One that runs here or I(elsewhere) is left alone. One whose disk a client has open is not started and fails the task, after the
    others were started, since two that write one disk destroy it. A client that died is one until half a minute after its disk was
    looked at again, so the module waits that long.
options:
  start:
    description: Machines with C(id), C(path) of the description, C(pool), C(volume) and the libvirt C(secret) that opens the pool.
    type: list
    elements: dict
    default: []
  elsewhere:
    description: Machines that run on other hosts.
    type: list
    elements: str
    default: []
"""

RETURN = """
running:
  description: Machines that run here, before any was started.
  type: list
started:
  description: Machines that were started, or would be.
  type: list
"""


PATIENCE, EVERY = 40, 3
"""Seconds; Ceph forgets a client that says nothing after 30."""


def virsh(module, *words):
    argv = ["virsh", "--quiet", "--connect", "qemu:///system", *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=240)
    if done.returncode:
        module.fail_json(msg=f"virsh {' '.join(words[:2])} failed: {done.stderr.strip()[-800:]}")
    return done.stdout.strip()


def open_at(module, machine):
    """Addresses of the clients that have the machine's disk open."""
    with keyring(machine["pool"], virsh(module, "secret-get-value", machine["secret"])) as ring:
        pool = Pool(module, machine["pool"], ring)
        return [each["address"] for each in pool.ask("status", pool.name(machine["volume"]))["watchers"]]


def still_open(module, machines):
    """Machine -> who has its disk open and is no dead client's trace."""
    end = time.monotonic() + PATIENCE
    while True:
        busy = {each["id"]: at for each in machines if (at := open_at(module, each))}
        if not busy or time.monotonic() > end:
            return busy
        time.sleep(EVERY)


def main():
    module = AnsibleModule(
        argument_spec={
            "start": {"type": "list", "elements": "dict", "default": []},
            "elsewhere": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    running = virsh(module, "list", "--name").split()
    todo = [each for each in module.params["start"] if each["id"] not in {*running, *module.params["elsewhere"]}]
    started, refused = [], []
    if todo:
        hold_lock(module)
    busy = {} if module.check_mode else still_open(module, todo)
    for machine in todo:
        if at := busy.get(machine["id"]):
            refused.append(f"{machine['id']} is not started: its disk is open at {', '.join(at)}")
            continue
        if not module.check_mode:
            virsh(module, "create", machine["path"])
        started.append(machine["id"])
    if refused:
        module.fail_json(msg="; ".join(refused), running=running, started=started)
    module.exit_json(changed=bool(started), running=running, started=started)


if __name__ == "__main__":
    main()
