"""A lab's own secrets: drawn where they are first needed, and kept."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def drawn(path: Path) -> Path:
    """The file itself (mode 0600), made once; who comes second gets the first one's."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32))
        file.flush()
        os.fsync(file.fileno())
    return path
