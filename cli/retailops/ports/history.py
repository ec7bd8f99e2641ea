"""The fleet repository as it was at other revisions of its git."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class History(Protocol):
    """Raises `UsageError` for a revision that is not known here, or a repository that is no git's."""

    def commit(self, ref: str) -> str:
        """The full id of what `ref` names."""

    def fork(self, ref: str) -> str:
        """The id of the commit from which the checked-out branch left `ref`; that of `ref` where they share none."""

    def tree(self, commit: str) -> AbstractContextManager[Path]:
        """A folder with the fleet repository's files as they were, gone afterwards."""
