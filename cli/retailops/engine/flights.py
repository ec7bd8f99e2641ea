"""What is in flight: how many operations, which URNs are taken, what has failed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from retailops.engine import urns
from retailops.engine.providers.port import OnLine
from retailops.errors import RetailopsError

WORKERS = 16


class Stopped(RetailopsError):
    """Something else failed before: nothing new is begun."""


class Flights:
    """Thread-safe. `hide` takes known secrets out of a text."""

    def __init__(self, hide: Callable[[str], str], on_line: OnLine) -> None:
        self.errors: list[Exception] = []
        self.seen: set[str] = set()
        self._hide, self._on_line = hide, on_line
        self._lock = threading.Condition()
        self._slots = threading.Semaphore(WORKERS)
        self._flying = 0
        self._touched = time.monotonic()

    @contextmanager
    def many(self) -> Iterator[None]:
        """An operation that only begins others: it counts as under way, and takes no slot from them."""
        with self._counted():
            yield

    @contextmanager
    def one(self) -> Iterator[None]:
        """One operation; after a failure no other is begun."""
        with self._counted(), self._slots:
            yield

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            if self.errors:
                raise Stopped("stopped, because something else failed")
            self._flying += 1
        try:
            yield
        except Exception as error:
            with self._lock:
                if error not in self.errors:
                    self.errors.append(error)
            raise
        finally:
            with self._lock:
                self._flying -= 1
                self._touched = time.monotonic()
                self._lock.notify_all()

    def reserve(self, urn: str) -> None:
        """Two registrations of one URN race: the second is refused."""
        with self._lock:
            if urn in self.seen:
                raise RetailopsError(
                    f"the program registers {urns.short(urn)} twice",
                    details=urn,
                    resolution="Give one of the two another name.",
                )
            self.seen.add(urn)

    def idle(self) -> float:
        """Seconds since the program last asked for something, 0 while an operation is under way."""
        with self._lock:
            return 0.0 if self._flying else time.monotonic() - self._touched

    def stop(self) -> None:
        """Nothing new is begun from now on."""
        with self._lock:
            self.errors.append(Stopped("stopped from outside"))

    def settle(self) -> None:
        """Waits until nothing is in flight."""
        with self._lock:
            self._lock.wait_for(lambda: not self._flying)

    def raise_first(self) -> None:
        """Raises the first failure that is not a mere consequence; further ones are told."""
        real = [error for error in self.errors if not isinstance(error, Stopped)]
        for other in real[1:]:
            self._on_line(f"also failed: {getattr(other, 'message', other)}")
        for error in real:
            if isinstance(error, RetailopsError):
                error.message, error.details = self._hide(error.message), self._hide(error.details or "") or None
        if self.errors:
            raise (real or self.errors)[0]
