"""Locks, journal, evidence and durable runs in memory: the same behaviour as on disk, for as long as the process lives."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta

from retailops.errors import Interrupted, Locked, RetailopsError
from retailops.plan import canonical
from retailops.ports import Clock, Event, Evidence, Execute, Json, RunKey, Step

ENDS = {"run_done": "done", "run_failed": "failed", "run_cancelled": "cancelled"}


@dataclass
class MemoryClock:
    """Time passes only when somebody sleeps."""

    at: datetime = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    passed: float = 0.0

    def now(self) -> datetime:
        return self.at + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += max(0.0, seconds)


@dataclass
class MemoryLock:
    """Implements `ports.Lock`."""

    taken: dict[str, str]
    name: str

    def release(self) -> None:
        self.taken.pop(self.name, None)


@dataclass
class MemoryLocks:
    """Implements `ports.Locks`."""

    clock: Clock
    taken: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, doing: str) -> MemoryLock:
        if name in self.taken:
            raise Locked(f"{name} is locked by {self.taken[name]}", resolution="Wait until that has ended.")
        self.taken[name] = f"this process since {self.clock.now().isoformat()}: {doing}"
        return MemoryLock(self.taken, name)

    def held(self, name: str) -> bool:
        return name in self.taken


@dataclass
class MemoryJournal:
    """Implements `ports.Journal`."""

    locks: MemoryLocks
    kept: list[Event] = field(default_factory=list)

    def add(self, event: Event) -> None:
        self.kept.append(event)

    def events(self, run: str) -> tuple[Event, ...]:
        return tuple(event for event in self.kept if event.run == run)

    def runs(self) -> tuple[Mapping[str, Json], ...]:
        begun = dict.fromkeys(event.run for event in self.kept if event.what == "run_started")
        return tuple(self._document(run) for run in reversed(begun))

    def _document(self, run: str) -> dict[str, Json]:
        store, stage, attempt = run.split("/")
        events = self.events(run)
        starts = [event for event in events if event.what == "run_started"]
        last = [event for event in events if event.what == "run_started" or event.what in ENDS][-1]
        running = "running" if self.locks.held(store) else "interrupted"
        return {
            "run": run,
            "store": store,
            "stage": stage,
            "attempt": int(attempt),
            "plan": starts[-1].text,
            "status": ENDS.get(last.what, running),
            "started": starts[0].at.isoformat(),
            "ended": last.at.isoformat() if last.what in ENDS else None,
            "step": next((event.step for event in reversed(events) if event.what == "step_started"), ""),
        }


def sealed(evidence: Evidence, previous: str) -> Evidence:
    """The evidence as the link after the one whose hash is `previous`."""
    linked = replace(evidence, previous=previous, hash="")
    document = {key: value for key, value in asdict(linked).items() if key != "hash"}
    document["at"] = evidence.at.isoformat()
    document["expires"] = evidence.expires and evidence.expires.isoformat()
    return replace(linked, hash=hashlib.sha256(canonical(document)).hexdigest())


@dataclass
class MemoryEvidence:
    """Implements `ports.EvidenceStore`."""

    kept: dict[str, list[Evidence]] = field(default_factory=dict)

    def append(self, evidence: Evidence) -> Evidence:
        chain = self.kept.setdefault(evidence.store, [])
        for link in chain:
            if _key(link) == _key(evidence):
                return link
        chain.append(sealed(evidence, chain[-1].hash if chain else ""))
        return chain[-1]

    def of(self, store: str) -> tuple[Evidence, ...]:
        chain = tuple(self.kept.get(store, ()))
        for number, link in enumerate(chain, 1):
            if link != sealed(link, chain[number - 2].hash if number > 1 else ""):
                raise RetailopsError(f"the evidence of store {store} is broken at link {number}")
        return chain


def _key(evidence: Evidence) -> tuple[str, int, str, str]:
    return evidence.stage, evidence.attempt, evidence.gate, evidence.kind


@dataclass
class MemoryDurable:
    """Implements `ports.Durable`; a step that raises a `BaseException` or `Interrupted` leaves the run to be gone on with."""

    results: dict[str, dict[str, Json]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)

    def run(self, key: RunKey, steps: Sequence[Step], execute: Execute) -> list[Json]:
        if self.plans.setdefault(key.id, key.plan) != key.plan:
            raise RetailopsError(f"the run {key.id} was begun with another plan")
        if key.id in self.failed:
            raise RetailopsError(f"the run {key.id} failed: {self.failed[key.id]}")
        stored = self.results.setdefault(key.id, {})
        for step in steps:
            if step.name not in stored:
                stored[step.name] = self._once(key, step, execute)
        return [stored[step.name] for step in steps]

    def _once(self, key: RunKey, step: Step, execute: Execute) -> Json:
        try:
            return json.loads(json.dumps(execute(step), allow_nan=False))
        except Interrupted:
            raise
        except Exception as error:
            self.failed[key.id] = str(error)
            raise
