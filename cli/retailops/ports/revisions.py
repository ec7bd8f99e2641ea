"""What each stack is wanted to be and what it was last brought to; and whether the fleet is paused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Status = Literal["applied", "pending", "begun", "deferred", "failed", "held"]


@dataclass(frozen=True)
class Revision:
    """`wanted` and `applied` are input hashes, "" for none; `deferred` is when the stack was first not reached.

    `status`: `applied`; `pending` (released, not begun); `begun` (bringing it up was begun, and not seen to end); `deferred` (could
    not be reached); `failed`; `held` (reached, and not touched, because nobody has seen what would be done). `since` is when it
    was last found so.
    """

    project: str
    stack: str
    wanted: str
    applied: str
    status: Status
    since: datetime
    error: str = ""
    deferred: datetime | None = None

    @property
    def name(self) -> str:
        return f"{self.project}/{self.stack}"


class Revisions(Protocol):
    """One revision a stack; all of them on disk when `put` returns, or none."""

    def put(self, *revisions: Revision) -> None: ...

    def of(self, project: str, stack: str) -> Revision | None: ...

    def every(self) -> tuple[Revision, ...]:
        """Ordered by project and stack."""


@dataclass(frozen=True)
class Pause:
    """Who stopped the fleet, when and why."""

    by: str
    at: datetime
    reason: str


class Pauses(Protocol):
    """Shared by everything that acts on the fleet; looked at between steps."""

    def pause(self, pause: Pause) -> Pause:
        """The pause that holds: an earlier one stays as it is."""

    def current(self) -> Pause | None: ...

    def resume(self) -> Pause | None:
        """Ends the pause and returns it; `None` where there was none."""
