"""A stack that was brought up is known to CI: its applied revision is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from retailops.cloud.catalog import EDGE, WantedStack, has_stack, wanted
from retailops.cloud.changes import revise
from retailops.cloud.changes.inputs import Inputs
from retailops.edge.artifacts import TILL, read_artifacts
from retailops.ports import Json, Ports, Revisions
from retailops.render.stack_config import TILL_IMAGE
from retailops.run.stage import Context, Stage

_STEP = "apps.stack"


def image(ports: Ports) -> str:
    """The till's image that stores get now; raises `RetailopsError` where nothing was built yet."""
    return read_artifacts(ports.artifacts).images.get(TILL, TILL_IMAGE)


def keep_applied(ports: Ports, root: Path, store: str) -> None:
    """Says that the store's edge stack is what the fleet repository wants now."""
    if ports.revisions is not None:
        _keep(ports.revisions, root, wanted(root, EDGE, store, image=image(ports)), ports.clock.now())


def keep_cloud_applied(revisions: Revisions, root: Path, kind: str, cloud: str, now: datetime) -> None:
    """Says that a cloud's stack is what the fleet repository wants now."""
    _keep(revisions, root, wanted(root, kind, cloud), now)


def _keep(revisions: Revisions, root: Path, stack: WantedStack, now: datetime) -> None:
    inputs, known = Inputs(root).of(stack), revisions.of(stack.project, stack.stack)
    if known is None or known.status != "applied" or known.applied != inputs:
        revisions.put(revise.applied(stack.project, stack.stack, inputs, now))


def recording(stage: Stage[Any]) -> Stage[Any]:
    """The stage that brings a stack up, keeping its revision as part of that step, and where a preview found nothing to change."""
    bring = stage.handlers[_STEP]

    def act(context: Context, params: Mapping[str, Any]) -> Json:
        result = bring(context, params)
        keep_applied(context.ports, context.root, context.design.id)
        return result

    def after(context: Context) -> None:
        if has_stack(context.design):
            keep_applied(context.ports, context.root, context.design.id)

    return replace(stage, handlers={**stage.handlers, _STEP: act}, after=after)
