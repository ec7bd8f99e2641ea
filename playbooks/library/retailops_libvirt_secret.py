#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Gives libvirt the key of a pool of volumes."""

from __future__ import annotations

import subprocess

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_lock import hold_lock

DOCUMENTATION = """
module: retailops_libvirt_secret
short_description: Give libvirt the key of a pool of volumes
description:
  - The key is given on standard input and stands in no argument vector, result or log. Libvirt keeps it in a file of its own that
    root alone can read.
options:
  uuid:
    description: By which machines name the secret.
    type: str
    required: true
  pool:
    description: The pool that the key opens.
    type: str
    required: true
  key:
    description: The key as Ceph shows it; needed unless in check mode.
    type: str
"""

RETURN = """
changed:
  description: Whether the secret was set, or would be.
  type: bool
"""

SECRET = """<secret ephemeral='no' private='no'>
  <uuid>{uuid}</uuid>
  <usage type='ceph'><name>client.{pool} secret</name></usage>
</secret>
"""


def virsh(*words, stdin=""):
    argv = ["virsh", "--quiet", "--connect", "qemu:///system", *words]
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False, timeout=60)


def main():
    module = AnsibleModule(
        argument_spec={
            "uuid": {"type": "str", "required": True},
            "pool": {"type": "str", "required": True},
            "key": {"type": "str", "no_log": True},
        },
        supports_check_mode=True,
    )
    uuid, pool, key = (module.params[name] for name in ("uuid", "pool", "key"))
    has = virsh("secret-get-value", uuid)
    if module.check_mode or (key and has.returncode == 0 and has.stdout.strip() == key):
        module.exit_json(changed=has.returncode != 0)
    if not key:
        module.fail_json(msg=f"the key of pool {pool} is needed")
    hold_lock(module)
    for words, stdin in (
        (("secret-define", "/dev/stdin"), SECRET.format(uuid=uuid, pool=pool)),
        (("secret-set-value", uuid, "--file", "/dev/stdin"), key),
    ):
        done = virsh(*words, stdin=stdin)
        if done.returncode:
            module.fail_json(msg=f"virsh {words[0]} failed: {done.stderr.strip()[-800:]}")
    module.exit_json(changed=True)


if __name__ == "__main__":
    main()
