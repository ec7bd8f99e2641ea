#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Joins the fragments of many stores into the files that a hub's daemons read."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_lock import hold_lock
from ansible.module_utils.retailops_write import write_whole

DOCUMENTATION = """
module: retailops_assemble
short_description: Join fragments into files under the node's lock
description:
  - Each file is the concatenation of C(*.conf) of its folder, by name. Fragments are listed while C(/run/retailops.lock) is held,
    so two stores onboarded at once can't undo each other's work. Written atomically, only where the content differs.
options:
  files:
    description: Path of the file -> folder of its fragments.
    type: dict
    required: true
  mode:
    description: Mode of the files.
    type: str
    default: "0600"
"""

RETURN = """
paths:
  description: Files that were written, or would be.
  type: list
"""


def joined(folder):
    return b"".join(path.read_bytes() for path in sorted(Path(folder).glob("*.conf")))


def main():
    module = AnsibleModule(
        argument_spec={"files": {"type": "dict", "required": True}, "mode": {"type": "str", "default": "0600"}},
        supports_check_mode=True,
    )
    hold_lock(module)
    written = []
    for name, folder in sorted(module.params["files"].items()):
        path, content = Path(name), joined(folder)
        if not path.is_file() or path.read_bytes() != content:
            written.append(name)
            if not module.check_mode:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_whole(path, content, int(module.params["mode"], 8))
    module.exit_json(changed=bool(written), paths=written)


if __name__ == "__main__":
    main()
