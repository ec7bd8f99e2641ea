"""Asking many hosts at the same time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 16


def at_once(names: Collection[str], ask: Callable[[str], T]) -> dict[str, T]:
    """Name -> its answer, in the order of `names`; raises what the first that raised did."""
    with ThreadPoolExecutor(max(1, min(AT_ONCE, len(names)))) as pool:
        return dict(zip(names, pool.map(ask, names), strict=True))
