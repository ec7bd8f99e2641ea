"""What all tests share."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

signal.signal(signal.SIGINT, signal.default_int_handler)
"""A runner in the background ignores SIGINT, and every child would inherit that."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two workers share the lab's stage: one has the stores' lab, the other what mostly waits, storage clusters and API servers."""
    for item in items:
        if item.get_closest_marker("lab"):
            stores = item.path.parent.name == "lab" and not item.path.name.startswith("test_hci")
            item.add_marker(pytest.mark.xdist_group("stores" if stores else "others"))


INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH = "512"
"""Two labs at once have some twenty hosts, each takes eight; Debian gives 128."""
before = pytest.StashKey[str]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Where we may: the kernel lets both labs' hosts watch their files, for as long as the tests run."""
    found = INOTIFY.read_text().strip() if INOTIFY.exists() else ENOUGH
    asked = session.config.getoption("markexpr").startswith(("lab", "long"))
    if asked and int(found) < int(ENOUGH) and os.access(INOTIFY, os.W_OK) and "PYTEST_XDIST_WORKER" not in os.environ:
        session.config.stash[before] = found
        INOTIFY.write_text(ENOUGH)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if before in session.config.stash:
        INOTIFY.write_text(session.config.stash[before])
