"""Applying exactly a saved plan: looked at again first, and nothing is touched where inputs or world moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from retailops.cloud.catalog import WantedStack, wanted
from retailops.cloud.changes.bringing_up import Ended, bring_up, keep
from retailops.cloud.changes.change import ChangePlan, StackChange
from retailops.cloud.changes.inputs import Inputs
from retailops.cloud.changes.plan import WORKERS, RequestOf, preview
from retailops.cloud.changes.reviewed import against
from retailops.cloud.rollouts.release import CAUGHT_UP
from retailops.errors import Locked, PendingChanges, UsageError
from retailops.model import load_chain
from retailops.ports import Clock, Locks, OnLine, Ports, Rollout
from retailops.run.pausing import stop_if_paused

LOCK = "ci-apply"
OTHER_INPUTS = "its inputs are not those of the plan"
_EVERY = 1.0


@contextmanager
def one_applier(locks: Locks, clock: Clock, wait: float, doing: str = "ci apply") -> Iterator[None]:
    """Waits up to `wait` seconds for another applier; raises `Locked` with who that is."""
    end = clock.monotonic() + wait
    while True:
        try:
            lock = locks.take(LOCK, doing)
            break
        except Locked:
            if clock.monotonic() >= end:
                raise
            clock.sleep(_EVERY)
    try:
        yield
    finally:
        lock.release()


def still_to_do(ports: Ports, root: Path, plan: ChangePlan, going_on: Rollout | None) -> ChangePlan:
    """The plan without the stacks that are at its inputs already, and without those that `going_on` brings to the same ones.

    Raises `UsageError` for a plan that can't be applied anywhere, or not here.
    """
    plan.check_origin(load_chain(root).chain.id, ports.world)
    if plan.of("refused"):
        raise UsageError("the plan has stacks that a policy refuses", resolution="Mend them and plan again.")
    if plan.of("failed"):
        raise UsageError("the plan has stacks that could not be previewed", resolution="Mend them and plan again.")
    brought = _brought(going_on)
    return replace(plan, changes=tuple(c for c in plan.changes if not _is_cared_for(ports, c, brought)))


def _brought(rollout: Rollout | None) -> dict[tuple[str, str, str], bool]:
    """(project, stack, inputs) that an open rollout brings -> whether somebody saw what that does."""
    if rollout is None or rollout.progress.status != "open":
        return {}
    seen = rollout.release.rings[0].name != CAUGHT_UP
    changes = rollout.release.plan["changes"]
    return {(c["project"], c["stack"], c["inputs"]): seen and c["form"] != "deferred" for c in changes}


def _is_cared_for(ports: Ports, change: StackChange, brought: dict[tuple[str, str, str], bool]) -> bool:
    """It is there; or a rollout brings it, unless that is unseen and this plan could look at it."""
    assert ports.revisions is not None
    known = ports.revisions.of(change.project, change.stack)
    if known is not None and known.status == "applied" and known.applied == change.inputs:
        return True
    seen = brought.get((change.project, change.stack, change.inputs))
    given_up = known is not None and known.status in ("failed", "held")
    return seen is not None and not given_up and (seen or change.form == "deferred")


def check_inputs(root: Path, plan: ChangePlan, image: str) -> dict[str, WantedStack]:
    """Name -> each stack of the plan as the repository wants it now; raises `PendingChanges` where that is not the plan's."""
    stacks = {change.name: wanted(root, change.project, change.stack, image=image) for change in plan.changes}
    inputs = Inputs(root)
    _refuse(f"{c.name}: {OTHER_INPUTS}" for c in plan.changes if inputs.of(stacks[c.name]) != c.inputs)
    return stacks


def apply_changes(
    ports: Ports, root: Path, plan: ChangePlan, image: str, request_of: RequestOf, on_line: OnLine
) -> tuple[Ended, ...]:
    """Raises `PendingChanges` naming what moved since the plan, before anything is touched.

    One stack after the other; one that fails is kept as failed and the others go on. One that could not be reached when the
    plan was made, and can be now, is touched if what it would get is what a fellow in the plan gets; else it is held.
    """
    stacks = check_inputs(root, plan, image)
    with ExitStack() as locks:
        for change in plan.changes:
            locks.callback(ports.locks.take(change.stack, f"ci apply of {change.name}").release)
        with ThreadPoolExecutor(WORKERS) as pool:
            now = list(pool.map(lambda c: preview(ports, stacks[c.name], c.inputs, request_of), plan.changes))
        moved = {new.name: _moved(ports, plan, old, new) for old, new in zip(plan.changes, now, strict=True)}
        _refuse(f"{old.name}: {moved[old.name]}" for old in plan.changes if old.form != "deferred" and moved[old.name])
        ended = []
        for change in now:
            stop_if_paused(ports)
            if why := moved[change.name]:
                ended.append(keep(ports, change, "failed" if change.form == "failed" else "held", why, on_line))
            else:
                ended.append(bring_up(ports, change, stacks[change.name], request_of, on_line))
        return tuple(ended)


def _moved(ports: Ports, plan: ChangePlan, old: StackChange, new: StackChange) -> str:
    assert ports.revisions is not None
    if new.form == "deferred" or (old.form == "deferred" and new.form == "same"):
        return ""
    if new.form in ("refused", "failed"):
        return new.why.splitlines()[0]
    return against(old, new, plan.changes, ports.revisions.of(new.project, new.stack))


def _refuse(lines: Iterable[str]) -> None:
    if moved := list(lines):
        raise PendingChanges(
            f"{len(moved)} stacks moved since the plan was made; nothing was applied",
            details="\n".join(moved),
            resolution="Plan again and have it reviewed: retailops ci plan --out FILE",
        )
