"""Opening a store: stage after stage, each read, decided, planned, run and judged, and safe to begin again at any moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from retailops.model import load_chain, load_design
from retailops.onboarding.acceptance.lines import settle
from retailops.onboarding.attempts import cancel, last_run, next_key, unfinished
from retailops.onboarding.certificate import KIND
from retailops.onboarding.design import can_be_built, digest_of
from retailops.onboarding.gates import Gate, GateReport, proven
from retailops.onboarding.lifecycle import judge_all, state_of
from retailops.onboarding.outcome import Outcome, StageOutcome
from retailops.onboarding.procedure import Procedure
from retailops.onboarding.verdict import require
from retailops.plan import Plan, read_plan, write_plan
from retailops.ports import OnLine, Ports, RunKey
from retailops.run.runner import perform
from retailops.run.stage import Context, Stage


def open_context(ports: Ports, root: Path, store_id: str, on_line: OnLine) -> Context:
    """Loads one store's design and finds its machines; raises `FleetError`, or `RetailopsError` where it has none yet."""
    design = load_design(root, store_id)
    can_be_built(design)
    return Context(ports, design, ports.sites.site(store_id), root, digest_of(design), on_line)


def onboard(
    ports: Ports, root: Path, store_id: str, on_line: OnLine, procedure: Procedure, until: str | None = None
) -> Outcome:
    """Brings a store as far as evidence can prove, and says how far that is.

    The same call after a kill goes on at the step where it was: what was begun is finished first, then every stage is looked at
    in order. Raises `Locked` where somebody else works on the store, `GateNotMet` naming what a gate lacks, and whatever a
    stage raises.
    """
    stages = procedure.until(until)
    with _held(ports, store_id):
        start = ports.clock.monotonic()
        context = open_context(ports, root, store_id, on_line)
        resumed = {stage.name: plan for stage in stages if (plan := _resume(context, stage))}
        done = tuple(_pass(context, stage, procedure.gate_of(stage), resumed.get(stage.name)) for stage in stages)
        return _outcome(context, procedure, done, ports.clock.monotonic() - start, until)


def plan_stage(context: Context, stage: Stage[Any]) -> Plan:
    """Reads and decides; changes and saves nothing."""
    facts = stage.read(context)
    known = proven(context.ports.evidence.of(context.design.id), context.digest, context.ports.clock.now())
    items = tuple(stage.decide(context.design, context.site, facts, known))
    assert items, f"stage {stage.name} decided nothing"
    return Plan(context.design.id, stage.name, context.digest, items)


def gate_reports(ports: Ports, store: str, digest: str, gates: Sequence[Gate]) -> tuple[GateReport, ...]:
    """Every gate of the store as its evidence stands now."""
    return judge_all(gates, ports.evidence.of(store), digest, ports.clock.now())


def plans_folder(root: Path) -> Path:
    """Where saved plans are."""
    return root / load_chain(root).state.path / "plans"


@contextmanager
def _held(ports: Ports, store_id: str) -> Iterator[None]:
    lock = ports.locks.take(store_id, f"store onboard {store_id}")
    try:
        yield
    finally:
        lock.release()


def _resume(context: Context, stage: Stage[Any]) -> Plan | None:
    """Finishes the stage's last run where a kill left it, with the plan that it had; `None` where there is nothing to finish."""
    key = unfinished(context.ports, context.design.id, stage.name)
    if key is None:
        return None
    plan = read_plan(plans_folder(context.root), key.plan)
    if plan.design != context.digest:
        cancel(context.ports, key, "the design changed since this run began")
        return None
    settle(context)
    context.on_line(f"{stage.name}: goes on with attempt {key.attempt}, {len(plan.actions)} step(s)")
    perform(context, stage, key, plan)
    return plan


def _pass(context: Context, stage: Stage[Any], gate: Gate | None, resumed: Plan | None) -> StageOutcome:
    clock = context.ports.clock
    start = clock.monotonic()
    plan = plan_stage(context, stage)
    key = _apply(context, stage, plan) if plan.actions else None
    if gate is not None:
        require(context, gate)
    if stage.after is not None:
        stage.after(context)
    actions = (*(resumed.actions if resumed else ()), *plan.actions)
    names = tuple(action.name for action in actions)
    last = key or last_run(context.ports, context.design.id, stage.name)
    known = last if names else None
    return StageOutcome(
        stage.name,
        known.attempt if known else None,
        known.plan if known else None,
        names,
        resumed is not None,
        clock.monotonic() - start,
        stage.gate,
    )


def _apply(context: Context, stage: Stage[Any], plan: Plan) -> RunKey:
    write_plan(plan, plans_folder(context.root))
    key = next_key(context.ports, plan)
    context.on_line(f"{stage.name}: {len(plan.actions)} step(s), attempt {key.attempt}")
    perform(context, stage, key, plan)
    return key


def _outcome(
    context: Context, procedure: Procedure, done: tuple[StageOutcome, ...], seconds: float, until: str | None
) -> Outcome:
    ports, store = context.ports, context.design.id
    judged = gate_reports(ports, store, context.digest, procedure.gates)
    stands_in = tuple(dict.fromkeys((*ports.stands_in, *context.site.stands_in)))
    certificate = last_certificate(ports, store)
    state = state_of(judged)
    return Outcome(store, ports.world, state, context.digest, done, judged, stands_in, seconds, until, certificate)


def last_certificate(ports: Ports, store: str) -> str | None:
    """The path of the newest certificate, seen from the fleet repository."""
    issued = [item for item in ports.evidence.of(store) if item.kind == KIND and item.ok]
    return str(issued[-1].payload["path"]) if issued else None
