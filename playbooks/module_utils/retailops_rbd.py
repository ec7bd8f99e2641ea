# SPDX-License-Identifier: Apache-2.0
"""Commands to the volumes of one pool, with that pool's own key, which stands in no argument vector."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from pathlib import Path

PATIENCE = 3600


class Pool:
    """A pool's volumes; `ring` is a file that holds the key, as `keyring` makes one."""

    def __init__(self, module, pool, ring):
        self.module, self.pool = module, pool
        self.argv = ["rbd", "--id", pool, "--keyring", ring]

    def name(self, volume):
        return f"{self.pool}/{volume}"

    def run(self, *words, stdin=None):
        """The command's output; a refusal fails the task with its words."""
        done = subprocess.run(
            [*self.argv, *words], input=stdin, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        if done.returncode:
            self.module.fail_json(msg=f"rbd {' '.join(words[:3])} failed: {done.stderr.strip()[-800:]}")
        return done.stdout

    def ask(self, *words):
        return json.loads(self.run(*words, "--format", "json"))


@contextlib.contextmanager
def keyring(pool, key):
    """A file that holds the key while it is needed, readable for root only."""
    handle, path = tempfile.mkstemp(dir="/run", prefix="retailops-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(f"[client.{pool}]\n\tkey = {key}\n")
        yield path
    finally:
        Path(path).unlink()
