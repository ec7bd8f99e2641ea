"""What all tests share."""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
"""A runner in the background ignores SIGINT, and every child would inherit that."""
