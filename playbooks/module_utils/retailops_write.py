# SPDX-License-Identifier: Apache-2.0
"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

KEPT = (-1, -1)


def sync_folder(folder):
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path, content, mode, owner=KEPT, validate=lambda _half: None):
    """Writes beside the target, lets `validate` judge, then renames: a reader sees the old file or the new one. `owner`: (uid, gid)."""
    handle, half = tempfile.mkstemp(prefix=".retailops-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchown(file.fileno(), *owner)
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        validate(half)
        Path(half).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(half).unlink()
        raise
    sync_folder(path.parent)
