"""Mending a state by hand: a resource taken out, a protection lifted, a dead lock removed. The world is not touched."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from retailops.engine import urns
from retailops.engine.state import files, locking
from retailops.engine.state.backend import Backend
from retailops.engine.state.handover import owner
from retailops.engine.state.inspecting import Holder, holders, is_held, state_of
from retailops.engine.targeting import Aim, Targets
from retailops.errors import Locked, RetailopsError


def forgettable(backend: Backend, project: str, stack: str, name: str, *, dependents: bool) -> tuple[str, ...]:
    """The URNs that would leave the state; raises where something that stays needs them, or one is protected."""
    held = state_of(backend, project, stack)[0].resources
    aim = Aim(Targets((name,), dependents))
    aim.settle(stack, {item.urn for item in held.values()})
    gone = aim.doomed(held, held.values())
    if guarded := sorted(item.urn for item in gone.values() if item.protect):
        raise RetailopsError(
            f"{urns.short(guarded[0])} is protected",
            details="\n".join(guarded),
            resolution="Lift the protection first: retailops cloud state unprotect.",
        )
    return tuple(dict.fromkeys(item.urn for item in gone.values()))


def forget(backend: Backend, project: str, stack: str, gone: Collection[str]) -> None:
    def without(latest: dict[str, Any]) -> None:
        latest["resources"] = [item for item in latest["resources"] if item["urn"] not in gone]

    _edit(backend, project, stack, without)


def unprotect(backend: Backend, project: str, stack: str, name: str) -> tuple[str, ...]:
    """The URNs that were protected; all of them where `name` is empty."""
    held = state_of(backend, project, stack)[0].resources
    aim = Aim(Targets((name,) if name else ()))
    aim.settle(stack, {item.urn for item in held.values()})
    chosen = {item.urn for item in aim.chosen(held).values() if item.protect}

    def lifted(latest: dict[str, Any]) -> None:
        for item in latest["resources"]:
            if item["urn"] in chosen:
                item.pop("protect", None)

    if chosen:
        _edit(backend, project, stack, lifted)
    return tuple(sorted(chosen))


def unlock(backend: Backend, project: str, stack: str, ids: Collection[str]) -> None:
    """Removes the locks; raises `Locked` for one whose process lives, having removed nothing."""
    chosen = [item for item in holders(backend, project, stack) if item.id in ids]
    for item in chosen:
        _refuse_living(backend, project, stack, item)
    claim = backend.shared(project, stack, "claim")
    record = backend.own(project, stack, "lock")
    for item in chosen:
        if backend.objects.read(claim) == item.id.encode():
            backend.objects.remove(claim)
        backend.objects.remove(backend.lock(project, stack, item.id))
        if item.ours:
            files.remove(record)


def _refuse_living(backend: Backend, project: str, stack: str, item: Holder) -> None:
    if item.alive or is_held(backend, project, stack):
        raise Locked(
            f"stack {stack} is held by {item.who} since {item.since}, and that process lives",
            resolution="Wait for it, or end it; a lock is never taken from a living process.",
        )


def _edit(backend: Backend, project: str, stack: str, change: Callable[[dict[str, Any]], None]) -> None:
    with locking.hold(backend, project, stack, "state") as left:
        locking.refuse_cut_off(backend, project, stack, left)
        if owner(backend, project, stack) == "official":
            raise RetailopsError(
                f"stack {stack} is the official CLI's",
                resolution="Use `pulumi state`, or hand it over: cloud handover.",
            )
        document = json.loads(json.dumps(backend.load(project, stack).document))
        change(document["checkpoint"]["latest"])
        backend.save(project, stack, json.dumps(document, indent=4, ensure_ascii=False).encode())
