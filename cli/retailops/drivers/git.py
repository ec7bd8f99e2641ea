"""Other revisions of the fleet repository, by `git`; neither its working tree nor its own data is touched."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retailops.drivers import private
from retailops.drivers.tool import Completed, keep
from retailops.errors import UsageError

TIMEOUT_SECONDS = 120.0


class GitHistory:
    """Implements `ports.History` for the fleet repository `root`, which may be a folder within git's."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def commit(self, ref: str) -> str:
        if self._git("rev-parse", "--is-inside-work-tree").text.strip() != "true":
            raise UsageError(f"{self._root} is in no git repository that can be read, so there is no revision {ref!r}")
        found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if found.code != 0:
            raise UsageError(
                f"git knows no revision {ref!r} here",
                resolution="Fetch it first; a pipeline's clone may hold the newest commit only (GIT_DEPTH, fetch-depth: 0).",
            )
        return found.text.strip()

    def fork(self, ref: str) -> str:
        tip = self.commit(ref)
        found = self._git("merge-base", tip, "HEAD")
        return found.text.strip() if found.code == 0 else tip

    @contextmanager
    def tree(self, commit: str) -> Iterator[Path]:
        packed = self._git("archive", "--format=tar", commit, ".")
        if packed.code != 0:
            raise UsageError(f"the fleet repository is not in revision {commit[:12]}", details=packed.last_words)
        folder = private.folder()
        try:
            with tarfile.open(fileobj=io.BytesIO(packed.out)) as archive:
                archive.extractall(folder, filter="data")
            yield folder
        finally:
            private.remove(folder)

    def _git(self, *words: str) -> Completed:
        return keep(["git", "-C", str(self._root), *words], timeout=TIMEOUT_SECONDS)
