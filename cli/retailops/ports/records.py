"""The tool's own memory: evidence, runs, their journal, locks and time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from retailops.ports.values import Json


class Clock(Protocol):
    """UTC now, a monotonic reading in seconds, and waiting."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class Evidence:
    """One fact that a gate can stand on; appended once, chained by hash per store.

    `digest` is the design digest it holds for; `kind` is the check's name within its gate (`nodes_ready`); `form` says how it was had.
    `previous` and `hash` are filled by the store of evidence; `hash` covers all other fields in canonical JSON.
    """

    store: str
    stage: str
    attempt: int
    gate: str
    kind: str
    form: Literal["probe", "artifact", "attestation", "ticket"]
    ok: bool
    by: str
    at: datetime
    expires: datetime | None
    digest: str
    payload: Mapping[str, Json]
    world: str
    previous: str = ""
    hash: str = ""


class EvidenceStore(Protocol):
    """Append-only. A second append with the same (store, stage, attempt, gate, kind) returns the first and adds nothing."""

    def append(self, evidence: Evidence) -> Evidence: ...

    def of(self, store: str) -> tuple[Evidence, ...]:
        """In order of appending; raises `RetailopsError` when the chain is broken, naming the first bad link."""


@dataclass(frozen=True)
class RunKey:
    """One automated stretch. `plan` is the plan digest, whose file holds the actions."""

    store: str
    stage: str
    attempt: int
    plan: str

    @property
    def id(self) -> str:
        return f"{self.store}/{self.stage}/{self.attempt}"


@dataclass(frozen=True)
class Step:
    """One durable step of a run: `name` is unique within it; `params` is what the step's handler gets."""

    name: str
    params: Mapping[str, Json]


Execute = Callable[[Step], Json]
"""Performs a step, which may run twice; its JSON result is stored before the next step begins."""


class Durable(Protocol):
    """Runs steps in order, each result on disk before the next; the same key again goes on where it was, or returns what is stored.

    Raises what `execute` raised (the run is then failed and a new attempt is a new key).
    """

    def run(self, key: RunKey, steps: Sequence[Step], execute: Execute) -> list[Json]: ...


@dataclass(frozen=True)
class Event:
    """One line of a run's history. `what`: run_started, step_started, step_done, step_failed, run_done, run_failed, run_cancelled, line."""

    run: str
    at: datetime
    what: str
    step: str
    text: str


class Journal(Protocol):
    """What happened, for people: appended by the runner, read without launching anything."""

    def add(self, event: Event) -> None: ...

    def runs(self) -> tuple[Mapping[str, Json], ...]:
        """Newest first: `{run, store, stage, attempt, plan, status, started, ended, step}`.

        The status is running, done, failed, cancelled or interrupted.
        """

    def events(self, run: str) -> tuple[Event, ...]: ...


class Lock(Protocol):
    """A held lock; released by `release`, or by the holder's death."""

    def release(self) -> None: ...


class Locks(Protocol):
    """`take` never waits: raises `Locked` with who holds it, since when and doing what."""

    def take(self, name: str, doing: str) -> Lock: ...
