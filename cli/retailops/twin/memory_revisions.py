"""Revisions, rollouts and the pause in memory: the same behaviour as on disk, for as long as the process lives."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from retailops.ports import Pause, Progress, Release, Revision, Rollout


@dataclass
class MemoryRevisions:
    """Implements `ports.Revisions`."""

    kept: dict[tuple[str, str], Revision] = field(default_factory=dict)

    def put(self, *revisions: Revision) -> None:
        self.kept |= {(revision.project, revision.stack): revision for revision in revisions}

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


@dataclass
class MemoryRollouts:
    """Implements `ports.Rollouts`."""

    kept: list[Rollout] = field(default_factory=list)

    def release(self, release: Release, progress: Progress) -> Rollout:
        last = self.latest()
        if last and last.progress.status in ("open", "stopped"):
            self.kept[-1] = replace(last, progress=replace(last.progress, status="superseded"))
        self.kept.append(Rollout(len(self.kept) + 1, release, progress))
        return self.kept[-1]

    def latest(self) -> Rollout | None:
        return self.kept[-1] if self.kept else None

    def progress(self, number: int) -> Progress:
        return self.kept[number - 1].progress

    def keep(self, number: int, progress: Progress) -> None:
        if self.progress(number).status == "open":
            self.kept[number - 1] = replace(self.kept[number - 1], progress=progress)

    def resume(self, number: int, progress: Progress) -> None:
        if self.progress(number).status in ("open", "stopped"):
            self.kept[number - 1] = replace(self.kept[number - 1], progress=progress)
