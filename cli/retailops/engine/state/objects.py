"""Where a backend's files lie, as whole objects under keys: the port that a folder and a bucket fill."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from retailops.errors import RetailopsError


class Objects(Protocol):
    """Keys are relative, with `/` between their parts. A write is whole or not at all, and on disk when it returns."""

    shared: bool
    """Whether other machines write here too."""

    @property
    def local(self) -> Path:
        """The folder of this machine for what is its own: journals, and who holds what."""
        ...

    def read(self, key: str) -> bytes | None: ...

    def write(self, key: str, content: bytes) -> None: ...

    def create(self, key: str, content: bytes) -> bool:
        """Writes what is not there yet; False, and nothing is written, where it is."""
        ...

    def remove(self, key: str) -> None:
        """Does nothing where nothing is."""
        ...

    def names(self, prefix: str, *, deep: bool = False) -> list[str]:
        """The keys that begin with `prefix`, sorted; those that go a folder deeper only if `deep`."""
        ...

    def where(self, key: str) -> str:
        """How a person finds it."""
        ...


def open_objects(url: str) -> Objects:
    """A folder (a path or `file://`), or an `s3://` bucket; raises `RetailopsError` for anything else."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        from retailops.engine.state.bucket import Bucket

        return Bucket(url)
    if parts.scheme in ("", "file"):
        from retailops.engine.state.folder import Folder

        path = Path(unquote(parts.netloc + parts.path) if parts.scheme else url)
        return Folder(path.expanduser().absolute() / ".pulumi")
    raise RetailopsError(
        f"the built-in engine keeps state in folders and s3:// buckets, not at {parts.scheme}://",
        resolution="Name one of those, or use the official Pulumi CLI.",
    )
