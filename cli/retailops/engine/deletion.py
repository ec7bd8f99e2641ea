"""Deleting: what a program no longer registers, what was replaced, or everything; whatever needs another goes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from retailops.engine import urns
from retailops.engine.deployment import Deployment
from retailops.engine.flights import WORKERS
from retailops.engine.state.checkpoint import Resource
from retailops.engine.steps import Decision
from retailops.errors import RetailopsError


def delete_unwanted(deployment: Deployment) -> None:
    """After the program's good end: what it no longer registers goes, and what was replaced."""
    held = deployment.changes.state.resources
    unwanted = {key: item for key, item in held.items() if item.delete or item.urn not in deployment.flights.seen}
    delete(deployment, deployment.aim.doomed(unwanted, held.values()))


def delete(deployment: Deployment, doomed: Mapping[str, Resource]) -> None:
    """Dependents first. Keeps the failures after their wave has ended; refuses protected ones before any."""
    guarded = [item for item in doomed.values() if item.protect and not item.delete]
    if guarded:
        raise RetailopsError(
            f"{urns.short(guarded[0].urn)} is protected and would be deleted",
            resolution="Keep it in the program, or lift the protection: retailops cloud state unprotect.",
        )
    gone = {item.urn for item in doomed.values()}
    for wave in waves(doomed):
        with ThreadPoolExecutor(WORKERS) as pool:
            for failure in pool.map(lambda item: _try_one(deployment, item, gone), wave):
                if failure:
                    deployment.flights.errors.append(failure)
        if deployment.flights.errors:
            return


def waves(doomed: Mapping[str, Resource]) -> Iterator[list[Resource]]:
    """Groups whose members may go side by side; `doomed` is by key."""
    left = dict(doomed)
    while left:
        needed: set[str] = set()
        for item in left.values():
            needed |= item.needs()
        ready = [item for item in left.values() if item.urn not in needed or item.delete]
        wave = ready or list(left.values())
        for item in wave:
            del left[item.key]
        yield wave


def _try_one(deployment: Deployment, item: Resource, gone: set[str]) -> Exception | None:
    try:
        real = item.custom and not item.external and not item.type.startswith(urns.PROVIDER_PREFIX)
        if real:
            deployment.note(Decision("delete"), item.urn)
        kept = not real or item.retain_on_delete or item.deleted_with in gone
        opened = not kept and not deployment.run.dry_run
        provider = deployment.providers.of(item, deployment.changes.state) if opened else None
        deployment.changes.delete(item, provider)
        deployment.unsettled.pop(item.urn, None)
    except Exception as error:
        return error
    return None
