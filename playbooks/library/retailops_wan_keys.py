#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Makes tunnel keys where they are used; only public keys are handed back."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_lock import hold_lock
from ansible.module_utils.retailops_write import write_whole

DOCUMENTATION = """
module: retailops_wan_keys
short_description: Make the node's own WireGuard keys
description:
  - For each interface a private key that only root reads and its public key beside it. A key that is there is kept; the private
    one never leaves the node, nor stands in an argument vector or a result.
options:
  interfaces:
    description: Names of tunnel interfaces.
    type: list
    elements: str
    required: true
  folder:
    description: Where the keys are.
    type: str
    default: /etc/retailops/wan/keys
"""

RETURN = """
public_keys:
  description: Interface -> public key; in check mode only those that are there.
  type: dict
made:
  description: Interfaces whose key was made, or would be.
  type: list
"""


def main():
    module = AnsibleModule(
        argument_spec={
            "interfaces": {"type": "list", "elements": "str", "required": True, "no_log": False},
            "folder": {"type": "str", "default": "/etc/retailops/wan/keys"},
        },
        supports_check_mode=True,
    )
    os.umask(0o077)
    folder, names = Path(module.params["folder"]), module.params["interfaces"]
    made = [name for name in names if not (folder / f"{name}.key").is_file() or not (folder / f"{name}.pub").is_file()]
    if made and not module.check_mode:
        hold_lock(module)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        for name in made:
            private = folder / f"{name}.key"
            if not private.is_file():
                write_whole(private, subprocess.run(["wg", "genkey"], capture_output=True, check=True).stdout, 0o600)
            public = subprocess.run(
                ["wg", "pubkey"], input=private.read_bytes(), capture_output=True, check=True
            ).stdout
            write_whole(folder / f"{name}.pub", public, 0o644)
    found = {name: folder / f"{name}.pub" for name in names}
    keys = {name: path.read_text().strip() for name, path in found.items() if path.is_file()}
    module.exit_json(changed=bool(made), made=made, public_keys=keys)


if __name__ == "__main__":
    main()
