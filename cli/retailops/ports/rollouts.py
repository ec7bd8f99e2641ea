"""A released rollout: which stacks are to be brought to which inputs, in which rings, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from retailops.ports.values import Json

RolloutStatus = Literal["open", "stopped", "done", "superseded"]


@dataclass(frozen=True)
class ReleasedRing:
    """`stacks` are names (`project/stack`), in the order in which they are touched; `soak` runs from when all of them are settled."""

    name: str
    soak: timedelta
    stacks: tuple[str, ...]


@dataclass(frozen=True)
class Release:
    """What was released, never changed: `plan` is the reviewed plan as JSON, its `digest` included; `stop_at` a percentage."""

    plan: Mapping[str, Json]
    at: datetime
    by: str
    stop_at: int
    rings: tuple[ReleasedRing, ...]

    @property
    def digest(self) -> str:
        return str(self.plan["digest"])


@dataclass(frozen=True)
class Progress:
    """How far it is. `opened` and `settled` map a ring's name to the moment; what failed before `resumed` is tried again.

    `left_out` maps a stack's name to who left it out. Whatever is known of single stacks is in their revisions.
    """

    status: RolloutStatus
    why: str = ""
    opened: Mapping[str, datetime] = field(default_factory=dict)
    settled: Mapping[str, datetime] = field(default_factory=dict)
    resumed: datetime | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rollout:
    """A release with its number, counted from 1, and its progress."""

    number: int
    release: Release
    progress: Progress


class Rollouts(Protocol):
    """One rollout at a time: a release supersedes the one before it. Everything is on disk when a call returns."""

    def release(self, release: Release, progress: Progress) -> Rollout: ...

    def latest(self) -> Rollout | None: ...

    def progress(self, number: int) -> Progress: ...

    def keep(self, number: int, progress: Progress) -> None:
        """How far it is; does nothing where it is not open any more, because somebody stopped or superseded it."""

    def resume(self, number: int, progress: Progress) -> None:
        """As `keep`, also where it is stopped."""
