"""The journal where every machine sees it: each piece that reached the disk is an object of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retailops.engine.state.objects import Objects


@dataclass
class Parts:
    """Numbered pieces under `prefix`; only the holder of the stack's lock writes them."""

    objects: Objects
    prefix: str
    _last: int | None = None

    def read(self) -> bytes:
        """All of them, in order; nothing where the first is gone, since then somebody was clearing a journal that is folded."""
        keys = self.objects.names(self.prefix)
        if not keys or keys[0] != self._key(1):
            return b""
        return b"".join(self.objects.read(key) or b"" for key in keys)

    def add(self, content: bytes) -> None:
        """The next one; after a failure the next call writes the same one again."""
        if self._last is None:
            keys = self.objects.names(self.prefix)
            self._last = int(Path(keys[-1]).name) if keys else 0
        self.objects.write(self._key(self._last + 1), content)
        self._last += 1

    def clear(self) -> None:
        for key in self.objects.names(self.prefix):
            self.objects.remove(key)
        self._last = 0

    def _key(self, number: int) -> str:
        return f"{self.prefix}{number:06}"
