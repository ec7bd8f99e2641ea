"""Revisions and the pause in memory: the same behaviour as on disk, for as long as the process lives."""

from __future__ import annotations

from dataclasses import dataclass, field

from retailops.ports import Pause, Revision


@dataclass
class MemoryRevisions:
    """Implements `ports.Revisions`."""

    kept: dict[tuple[str, str], Revision] = field(default_factory=dict)

    def put(self, revision: Revision) -> None:
        self.kept[revision.project, revision.stack] = revision

    def of(self, project: str, stack: str) -> Revision | None:
        return self.kept.get((project, stack))

    def every(self) -> tuple[Revision, ...]:
        return tuple(self.kept[key] for key in sorted(self.kept))


@dataclass
class MemoryPauses:
    """Implements `ports.Pauses`."""

    held: Pause | None = None

    def pause(self, pause: Pause) -> Pause:
        self.held = self.held or pause
        return self.held

    def current(self) -> Pause | None:
        return self.held

    def resume(self) -> Pause | None:
        held, self.held = self.held, None
        return held
