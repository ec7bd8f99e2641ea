"""A folder of this machine as the place of a backend's files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retailops.engine.state import files


@dataclass(frozen=True)
class Folder:
    """Implements `objects.Objects`; `root` is the `.pulumi` folder itself."""

    root: Path
    shared = False

    @property
    def local(self) -> Path:
        return self.root / "retailops"

    def read(self, key: str) -> bytes | None:
        try:
            return (self.root / key).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, key: str, content: bytes) -> None:
        files.write(self.root / key, content)

    def create(self, key: str, content: bytes) -> bool:
        return files.create(self.root / key, content)

    def remove(self, key: str) -> None:
        if (path := self.root / key).parent.is_dir():
            files.remove(path)

    def names(self, prefix: str, *, deep: bool = False) -> list[str]:
        place, _, beginning = prefix.rpartition("/")
        folder = self.root / place
        if not folder.is_dir():
            return []
        found = folder.rglob("*") if deep else (path for path in folder.iterdir() if path.name.startswith(beginning))
        keys = (str(path.relative_to(self.root)) for path in found if path.is_file())
        return sorted(key for key in keys if key.startswith(prefix))

    def where(self, key: str) -> str:
        return str(self.root / key)
