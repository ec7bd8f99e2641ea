"""Reading every resource of a state again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from retailops.engine import urns
from retailops.engine.deployment import Deployment
from retailops.engine.flights import WORKERS
from retailops.engine.state.checkpoint import Resource
from retailops.engine.steps import Decision


def refresh(deployment: Deployment) -> None:
    """Puts what was found into the state; raises the first failure after all others have ended."""
    held = deployment.changes.state.resources
    items = [item for item in deployment.aim.chosen(held).values() if _is_real(item)]
    with ThreadPoolExecutor(WORKERS) as pool:
        for failure in pool.map(lambda item: _try_one(deployment, item), items):
            if failure:
                deployment.flights.errors.append(failure)
    deployment.flights.raise_first()


def _is_real(item: Resource) -> bool:
    return item.custom and not item.type.startswith("pulumi:") and not item.delete


def _try_one(deployment: Deployment, item: Resource) -> Exception | None:
    try:
        _one(deployment, item)
    except Exception as error:
        return error
    return None


def _one(deployment: Deployment, item: Resource) -> None:
    provider = deployment.providers.of(item, deployment.changes.state)
    drift = provider.refresh(item)
    deployment.unsettled.pop(item.urn, None)
    if drift is None:
        deployment.note(Decision("delete"), item.urn)
        deployment.run.on_line(f"{urns.short(item.urn)} is gone")
        deployment.changes.drop(item.key)
        return
    deployment.note(Decision("refresh" if drift.changes else "same", drift.changes), item.urn)
    deployment.changes.put(drift.resource)
