"""How a long build looks: bars with the time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any

from retailops.commands.console import Console
from retailops.errors import RetailopsError

_EVERY = 30.0


class Board:
    """A `lab.builds.Watcher`; use it as a context. Without a terminal: a line at start and end, and one each half minute."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console, self._quiet = console, quiet
        self._running: dict[str, tuple[float, float]] = {}
        self._ending = threading.Event()
        self._bars: dict[str, Any] = {}
        self._live: Any = None

    def __enter__(self) -> Board:
        if self._console.interactive and not self._quiet:
            from rich.progress import BarColumn, Progress, TextColumn

            self._live = Progress(TextColumn("{task.description:12}"), BarColumn(), TextColumn("{task.fields[left]}"))
            self._live.start()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self._ticker.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._ending.set()
        self._ticker.join()
        if self._live:
            self._live.stop()

    def started(self, task: str, about: float) -> None:
        self._running[task] = (time.monotonic(), about)
        if self._live:
            self._bars[task] = self._live.add_task(task, total=about, left=_left(about))
        else:
            self._line(f"{task}: building, about {_left(about)}")

    def said(self, task: str, line: str) -> None:
        """A build's own words are kept for its failure; hundreds of lines would hide the two that matter."""

    def ended(self, task: str, seconds: float) -> None:
        self._running.pop(task, None)
        if self._live:
            self._live.update(self._bars[task], total=1, completed=1, left=f"done in {seconds:.0f} s")
        else:
            self._line(f"{task}: done in {seconds:.0f} s")

    def failed(self, task: str, error: RetailopsError) -> None:
        self._running.pop(task, None)
        if self._live:
            self._live.update(self._bars[task], left="failed")
        self._console.line(f"{task}: {error.message}")

    def _tick(self) -> None:
        begun, told = time.monotonic(), 0
        while not self._ending.wait(0.5):
            now = time.monotonic()
            due = (now - begun) // _EVERY > told
            told += due
            for task, (since, about) in list(self._running.items()):
                left = about - (now - since)
                if self._live:
                    self._live.update(self._bars[task], completed=min(now - since, about * 0.98), left=_left(left))
                elif due:
                    self._line(f"{task}: {_left(left)} left")

    def _line(self, text: str) -> None:
        if not self._quiet:
            self._console.line(text)


def _left(seconds: float) -> str:
    if seconds < 10:
        return "a few seconds"
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
