"""Which run of a stage is the last one, whether it was finished, and what the next is called."""

from __future__ import annotations

from collections.abc import Iterator

from retailops.plan import Plan
from retailops.ports import Event, Ports, RunKey

UNFINISHED = ("running", "interrupted")
"""The caller holds the store's lock, so what seems to run has no one who runs it."""


def last_run(ports: Ports, store: str, stage: str) -> RunKey | None:
    return next((key for key, _ in _runs(ports, store, stage)), None)


def unfinished(ports: Ports, store: str, stage: str) -> RunKey | None:
    """The stage's last run, where it neither ended, failed nor was cancelled."""
    key, status = next(_runs(ports, store, stage), (None, ""))
    return key if status in UNFINISHED else None


def next_key(ports: Ports, plan: Plan) -> RunKey:
    """A new attempt at the plan's stage."""
    last = last_run(ports, plan.store, plan.stage)
    return RunKey(plan.store, plan.stage, last.attempt + 1 if last else 1, plan.digest)


def cancel(ports: Ports, key: RunKey, why: str) -> None:
    """Nobody goes on with this run; what it did stays in the journal."""
    ports.journal.add(Event(key.id, ports.clock.now(), "run_cancelled", "", why))


def _runs(ports: Ports, store: str, stage: str) -> Iterator[tuple[RunKey, str]]:
    """Newest first."""
    for run in ports.journal.runs():
        if run["store"] == store and run["stage"] == stage:
            yield RunKey(store, stage, run["attempt"], run["plan"]), run["status"]
