"""The plain values that more than one port speaks in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = Any
"""None, bool, int, float, str, list and dict with str keys, nested."""


OnLine = Callable[[str], None]
"""Takes one line of progress, plain text without secrets."""
