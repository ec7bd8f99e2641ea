"""What all tests share."""

from __future__ import annotations

import signal

import pytest

signal.signal(signal.SIGINT, signal.default_int_handler)
"""A runner in the background ignores SIGINT, and every child would inherit that."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two workers share the lab's stage: one has the stores' lab, the other what mostly waits, storage clusters and API servers."""
    for item in items:
        if item.get_closest_marker("lab"):
            stores = item.path.parent.name == "lab" and not item.path.name.startswith("test_hci")
            item.add_marker(pytest.mark.xdist_group("stores" if stores else "others"))
