# SPDX-License-Identifier: Apache-2.0
"""The node's lock of changing steps: a task outlives its SSH session, so a resumed step waits for it."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

LOCK = Path("/run/retailops.lock")
LOCK_SECONDS = 300


def hold_lock(module):
    """Held until this process ends, not asked for in check mode; the task fails if another step does not let go of it."""
    if module.check_mode:
        return
    handle = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                module.fail_json(msg=f"another step has held {LOCK} for {LOCK_SECONDS} s")
            time.sleep(0.1)
