"""Objects in memory that many machines share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Memory:
    """Implements `objects.Objects`; `local` is what one machine has. `before` is called ahead of each request and may raise."""

    local: Path
    kept: dict[str, bytes] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    before: Callable[[str, str], None] = lambda _verb, _key: None
    shared = True

    def on(self, machine: Path) -> Memory:
        """The same objects, seen from another machine."""
        return Memory(machine, self.kept, self.lock, self.before)

    def read(self, key: str) -> bytes | None:
        self.before("read", key)
        return self.kept.get(key)

    def write(self, key: str, content: bytes) -> None:
        self.before("write", key)
        self.kept[key] = content

    def create(self, key: str, content: bytes) -> bool:
        self.before("create", key)
        with self.lock:
            return self.kept.setdefault(key, content) is content

    def remove(self, key: str) -> None:
        self.before("remove", key)
        self.kept.pop(key, None)

    def names(self, prefix: str, *, deep: bool = False) -> list[str]:
        self.before("list", prefix)
        found = (key for key in list(self.kept) if key.startswith(prefix))
        return sorted(key for key in found if deep or "/" not in key[len(prefix) :])

    def where(self, key: str) -> str:
        return f"memory:{key}"
