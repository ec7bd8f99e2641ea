"""Warm program hosts: a process that has imported the SDK is kept for the next run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from retailops.engine.program import ProgramHost


class HostPool:
    """One host runs one program at a time; a second caller gets a second host.

    Hosts die with the thread that made them, so one thread that lasts as long as the pool makes them all.
    """

    def __init__(self) -> None:
        self._idle: dict[str, list[ProgramHost]] = {}
        self._coming: dict[str, Future[ProgramHost]] = {}
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="program-hosts")
        self._lock = threading.Lock()

    def warm(self, python: str) -> None:
        """Begins to start a host unless one waits; what goes wrong is raised where the host is taken."""
        with self._lock:
            if not self._idle.get(python) and python not in self._coming:
                self._coming[python] = self._maker.submit(ProgramHost, python)

    @contextmanager
    def host(self, python: str, on_line: Callable[[str], None]) -> Iterator[ProgramHost]:
        with self._lock:
            waiting = self._idle.setdefault(python, [])
            found = waiting.pop() if waiting else None
            coming = None if found else self._coming.pop(python, None) or self._maker.submit(ProgramHost, python)
        host = found or coming.result()  # type: ignore[union-attr]
        host.on_line = on_line
        try:
            yield host
        finally:
            host.on_line = lambda _line: None
            if host.alive:
                with self._lock:
                    self._idle[python].append(host)

    def close(self) -> None:
        """Ends the hosts that nobody uses."""
        with self._lock:
            hosts = [host for idle in self._idle.values() for host in idle]
            hosts += [coming.result() for coming in self._coming.values() if not coming.exception()]
            self._idle.clear()
            self._coming.clear()
        for host in hosts:
            host.close()
        self._maker.shutdown()
