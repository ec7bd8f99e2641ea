#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Joins the fragments of many stores into the files that a hub's daemons read."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

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

LOCK = Path("/run/retailops.lock")
LOCK_SECONDS = 300


def hold_lock():
    handle = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > end:
                return False
            time.sleep(0.1)


def joined(folder):
    return b"".join(path.read_bytes() for path in sorted(Path(folder).glob("*.conf")))


def put(path, content, mode):
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, half = tempfile.mkstemp(prefix=".retailops-", dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(half).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def main():
    module = AnsibleModule(
        argument_spec={"files": {"type": "dict", "required": True}, "mode": {"type": "str", "default": "0600"}},
        supports_check_mode=True,
    )
    if not module.check_mode and not hold_lock():
        module.fail_json(msg=f"another step has held {LOCK} for {LOCK_SECONDS} s")
    written = []
    for name, folder in sorted(module.params["files"].items()):
        path, content = Path(name), joined(folder)
        if not path.is_file() or path.read_bytes() != content:
            written.append(name)
            if not module.check_mode:
                put(path, content, int(module.params["mode"], 8))
    module.exit_json(changed=bool(written), paths=written)


if __name__ == "__main__":
    main()
