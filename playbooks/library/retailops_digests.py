#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Says which large files of a node are not what is pinned, in one task and without carrying them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: retailops_digests
short_description: Which files differ from their pinned digests
description:
  - Reads only. A role copies only what differs.
options:
  files:
    description: Path -> SHA-256 in hex.
    type: dict
    required: true
"""

RETURN = """
differ:
  description: Paths that are missing or have another digest.
  type: list
"""


def digest(path):
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None


def main():
    module = AnsibleModule(argument_spec={"files": {"type": "dict", "required": True}}, supports_check_mode=True)
    files = module.params["files"]
    module.exit_json(changed=False, differ=sorted(path for path, wanted in files.items() if digest(path) != wanted))


if __name__ == "__main__":
    main()
