"""What all tests share."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

signal.signal(signal.SIGINT, signal.default_int_handler)
"""A runner in the background ignores SIGINT, and every child would inherit that."""


INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH = "512"
"""Each host of a lab takes about eight, and two labs are up at once; Debian gives 128."""
before = pytest.StashKey[str]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Where we may: the kernel lets the labs' hosts watch their files, for as long as the tests run."""
    found = INOTIFY.read_text().strip() if INOTIFY.exists() else ENOUGH
    asked = session.config.getoption("markexpr").startswith(("lab", "long"))
    if asked and int(found) < int(ENOUGH) and os.access(INOTIFY, os.W_OK):
        session.config.stash[before] = found
        INOTIFY.write_text(ENOUGH)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if before in session.config.stash:
        INOTIFY.write_text(session.config.stash[before])
