"""The simulated world's way to die: SIGKILL at a chosen outside call, before it or after it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLE = "RETAILOPS_TWIN_DIE_AT"


class Fault:
    """`at` counts outside calls of this process from 1; 0 means never. `after`: once the call has had its effect."""

    def __init__(self, at: int = 0, after: bool = False) -> None:
        self.at = at
        self.after = after
        self.calls: list[str] = []

    @contextmanager
    def around(self, what: str) -> Iterator[None]:
        self.calls.append(what)
        mine = len(self.calls) == self.at
        if mine and not self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        yield
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)


def from_environment() -> Fault:
    """`RETAILOPS_TWIN_DIE_AT=7` dies before the seventh call, `7+` after it."""
    text = os.environ.get(VARIABLE, "")
    return Fault(int(text.rstrip("+") or 0), text.endswith("+"))
