"""Running a plan: each action a durable step with its probes kept as evidence, and every moment in the journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from retailops.errors import Interrupted, RetailopsError
from retailops.plan import Plan
from retailops.ports import Event, Evidence, Json, RunKey, Step
from retailops.run.pausing import stop_if_paused
from retailops.run.stage import Context, Stage


def perform(context: Context, stage: Stage[Any], key: RunKey, plan: Plan) -> None:
    """Goes on where an earlier call with the same key was killed; raises what a handler raises, and the run has then failed."""
    ports = context.ports
    _known(stage, key, plan)
    inside = replace(context, on_line=lambda line: context.on_line(f"    {line.strip()}"))
    steps = [Step(action.name, {"kind": action.kind, "params": dict(action.params)}) for action in plan.actions]

    def note(what: Any, step: str = "", text: str = "") -> None:
        ports.journal.add(Event(key.id, ports.clock.now(), what, step, text))

    def execute(step: Step) -> Json:
        stop_if_paused(ports)
        note("step_started", step.name)
        context.on_line(f"  {step.name}")
        try:
            result = stage.handlers[step.params["kind"]](inside, step.params["params"])
        except Exception as error:
            note("step_failed", step.name, str(error))
            raise
        _keep(context, key, result)
        note("step_done", step.name)
        return result

    note("run_started", text=key.plan)
    try:
        ports.durable.run(key, steps, execute)
    except Interrupted:
        raise
    except Exception as error:
        note("run_failed", text=str(error))
        raise
    note("run_done")


def _known(stage: Stage[Any], key: RunKey, plan: Plan) -> None:
    """A saved plan outlives the release that made it."""
    unknown = sorted({action.kind for action in plan.actions} - set(stage.handlers))
    if unknown:
        raise RetailopsError(
            f"the saved plan of {key.id} asks for {', '.join(unknown)}, which this release does not know",
            resolution=f"retailops run cancel {key.id}, then repeat the command: the stage is planned anew.",
        )


def _keep(context: Context, key: RunKey, result: Json) -> None:
    """Before the step's own result is on disk: a step that is repeated finds its evidence there, and adds none."""
    at = context.ports.clock.now()
    for found in result.get("evidence", ()) if isinstance(result, dict) else ():
        context.ports.evidence.append(_evidence(context, key, at, found))


def _evidence(context: Context, key: RunKey, at: datetime, found: Json) -> Evidence:
    return Evidence(
        store=key.store,
        stage=key.stage,
        attempt=key.attempt,
        gate=found["gate"],
        kind=found["kind"],
        form=found["form"],
        ok=found["ok"],
        by=f"retailops store onboard, run {key.id}",
        at=at,
        expires=None if found["fresh"] is None else at + timedelta(seconds=found["fresh"]),
        digest=context.digest,
        payload=found["payload"],
        world=context.ports.world,
    )
