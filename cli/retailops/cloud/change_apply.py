"""Applying exactly a saved plan: looked at again first, and nothing is touched where inputs or world moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from retailops.cloud import revise
from retailops.cloud.catalog import WantedStack, wanted
from retailops.cloud.change import ChangePlan, StackChange
from retailops.cloud.change_plan import WORKERS, RequestOf, preview
from retailops.cloud.inputs import Inputs
from retailops.errors import Interrupted, Locked, PendingChanges, RetailopsError, Unreachable, UsageError
from retailops.model import load_chain
from retailops.ports import OnLine, Ports, Revision
from retailops.run.pausing import stop_if_paused

LOCK = "ci-apply"
_EVERY = 1.0


@dataclass(frozen=True)
class Applied:
    """Names of stacks, by how each ended; `failed` and `deferred` come with the reason."""

    done: tuple[str, ...]
    deferred: tuple[tuple[str, str], ...]
    failed: tuple[tuple[str, str], ...]


@contextmanager
def one_applier(ports: Ports, wait: float) -> Iterator[None]:
    """Waits up to `wait` seconds for another applier; raises `Locked` with who that is."""
    end = ports.clock.monotonic() + wait
    while True:
        try:
            lock = ports.locks.take(LOCK, "ci apply")
            break
        except Locked:
            if ports.clock.monotonic() >= end:
                raise
            ports.clock.sleep(_EVERY)
    try:
        yield
    finally:
        lock.release()


def apply_changes(
    ports: Ports, root: Path, plan: ChangePlan, limit: int, image: str, request_of: RequestOf, on_line: OnLine
) -> Applied:
    """Raises `PendingChanges` naming what moved since the plan, before anything is touched.

    One stack after the other; one that fails is kept as failed and the others go on. The same call again goes on: a stack that
    is at the plan's inputs already is left alone.
    """
    assert ports.revisions is not None
    _may_be_applied(ports, load_chain(root).chain.id, plan, limit)
    left = [change for change in plan.changes if not _is_there(ports, change)]
    stacks = {change.name: wanted(root, change.project, change.stack, image=image) for change in left}
    inputs = Inputs(root)
    _refuse(f"{c.name}: its inputs are not those of the plan" for c in left if inputs.of(stacks[c.name]) != c.inputs)
    with ExitStack() as held:
        for change in left:
            held.callback(ports.locks.take(change.stack, f"ci apply of {change.name}").release)
        now = _look_again(ports, left, stacks, request_of)
        _refuse(line for old, new in zip(left, now, strict=True) for line in _moved(old, new))
        return _bring_up(ports, now, stacks, request_of, on_line)


def _may_be_applied(ports: Ports, fleet: str, plan: ChangePlan, limit: int) -> None:
    plan.check_origin(fleet, ports.world)
    if plan.of("refused"):
        raise UsageError("the plan has stacks that a policy refuses", resolution="Mend them and plan again.")
    if plan.of("failed"):
        raise UsageError("the plan has stacks that could not be previewed", resolution="Mend them and plan again.")
    if plan.stores > limit:
        raise UsageError(
            f"the plan touches {plan.stores} stores; fleet.yaml allows {limit} at once (rollout.limit)",
            resolution="Split the change, or raise rollout.limit in a reviewed change.",
        )


def _is_there(ports: Ports, change: StackChange) -> bool:
    assert ports.revisions is not None
    known = ports.revisions.of(change.project, change.stack)
    return known is not None and known.status == "applied" and known.applied == change.inputs


def _look_again(
    ports: Ports, changes: list[StackChange], stacks: dict[str, WantedStack], request_of: RequestOf
) -> list[StackChange]:
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda c: preview(ports, stacks[c.name], c.inputs, request_of), changes))


def _moved(old: StackChange, new: StackChange) -> Iterator[str]:
    if old.form == "deferred":
        if new.form != "deferred":
            yield f"{old.name}: could not be reached when the plan was made, and can be now: nobody has seen its changes"
    elif new.form in ("refused", "failed"):
        yield f"{old.name}: {new.why.splitlines()[0]}"
    elif new.form != "deferred" and new.state != old.state:
        yield f"{old.name}: its state was written by somebody else"
    elif new.form != "deferred" and new.steps != old.steps:
        yield f"{old.name}: a preview finds other steps than the plan has"


def _refuse(lines: Iterable[str]) -> None:
    if moved := list(lines):
        raise PendingChanges(
            f"{len(moved)} stacks moved since the plan was made; nothing was applied",
            details="\n".join(moved),
            resolution="Plan again and have it reviewed: retailops ci plan --out FILE",
        )


def _bring_up(
    ports: Ports, changes: list[StackChange], stacks: dict[str, WantedStack], request_of: RequestOf, on_line: OnLine
) -> Applied:
    done: list[str] = []
    deferred: list[tuple[str, str]] = []
    failed: list[tuple[str, str]] = []
    for change in changes:
        stop_if_paused(ports)
        try:
            if change.form == "deferred":
                raise Unreachable(change.why)
            if change.form == "changes":
                ports.stacks.up(request_of(stacks[change.name]), on_line)
        except Interrupted:
            raise
        except Unreachable as error:
            _keep(ports, revise.deferred(_known(ports, change), change.inputs, error.message, ports.clock.now()))
            deferred.append((change.name, error.message))
            on_line(f"{change.name}: deferred, {error.message}")
        except RetailopsError as error:
            _keep(ports, revise.failed(_known(ports, change), change.inputs, error.message, ports.clock.now()))
            failed.append((change.name, error.message))
            on_line(f"{change.name}: failed, {error.message}")
        else:
            _keep(ports, revise.applied(change.project, change.stack, change.inputs, ports.clock.now()))
            done.append(change.name)
            on_line(f"{change.name}: applied")
    return Applied(tuple(done), tuple(deferred), tuple(failed))


def _known(ports: Ports, change: StackChange) -> Revision:
    assert ports.revisions is not None
    fresh = Revision(change.project, change.stack, change.inputs, "", "pending", ports.clock.now())
    return ports.revisions.of(change.project, change.stack) or fresh


def _keep(ports: Ports, revision: Revision) -> None:
    assert ports.revisions is not None
    ports.revisions.put(revision)
