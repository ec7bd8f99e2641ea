"""Releasing a rollout: a reviewed plan of more stores than one apply may touch is put on disk, with its rings, and nothing is touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from retailops.cloud.changes import revise
from retailops.cloud.changes.change import VERSION, ChangePlan, StackChange
from retailops.cloud.rollouts.rings import partition
from retailops.cloud.rollouts.windows import places
from retailops.errors import RetailopsError
from retailops.model.fleet import Fleet
from retailops.ports import Ports, Progress, Release, ReleasedRing, Rollout, Status

CAUGHT_UP = "caught-up"
UNTOUCHED: tuple[Status, ...] = ("pending", "begun")


def release(ports: Ports, fleet: Fleet, plan: ChangePlan, by: str) -> Rollout:
    """The first ring is open from now on. An open rollout is superseded, and what it has not brought yet goes on in this one.

    Stacks become pending first: killed in between, the same apply releases as if nothing had been.
    """
    assert ports.revisions is not None
    now, known = ports.clock.now(), {item.name: item for item in ports.revisions.every()}
    names = {change.name for change in plan.changes}
    left = tuple(change for change in still_open(ports, (*UNTOUCHED, "deferred")) if change.name not in names)
    whole = replace(plan, changes=(*plan.changes, *left))
    ports.revisions.put(*(revise.released(known.get(c.name), c.project, c.stack, c.inputs, now) for c in whole.changes))
    where = places(fleet)
    changing = [change.name for change in whole.of("changes") if change.name in where]
    others = [change.name for change in whole.changes if change.form != "changes" and change.name in where]
    return _release(ports, fleet, whole, by, partition(fleet.file.rollout.rings, changing, others, where), now)


def still_open(ports: Ports, statuses: tuple[Status, ...] = UNTOUCHED) -> tuple[StackChange, ...]:
    """What an open rollout is to bring and has not brought yet, as far as its status is one of these."""
    assert ports.revisions is not None
    last = ports.rollouts.latest() if ports.rollouts else None
    if last is None or last.progress.status != "open":
        return ()
    waiting = {(r.project, r.stack, r.wanted) for r in ports.revisions.every() if r.status in statuses}
    return tuple(c for c in plan_of(last).changes if (c.project, c.stack, c.inputs) in waiting)


def plan_of(rollout: Rollout) -> ChangePlan:
    """The plan that was released; raises `RetailopsError` for one of another release of retailops."""
    version = rollout.release.plan["version"]
    if version != VERSION:
        raise RetailopsError(
            f"rollout {rollout.number} was released by another retailops (plans of version {version}; {VERSION} is known here)",
            resolution="Go on with that one, or plan and apply again: retailops ci plan --out FILE",
        )
    return ChangePlan.from_json(rollout.release.plan)


def release_deferred(ports: Ports, fleet: Fleet, plan: ChangePlan, by: str) -> Rollout | None:
    """What of the plan could not be reached is caught up by a rollout of one ring, each stack in its window when it answers again.

    None where there is nothing of the kind, or where another rollout is under way, which goes first.
    """
    assert ports.revisions is not None
    assert ports.rollouts is not None
    last = ports.rollouts.latest()
    if last and last.progress.status in ("open", "stopped") and last.release.rings[0].name != CAUGHT_UP:
        return None
    deferred = {(r.project, r.stack, r.wanted) for r in ports.revisions.every() if r.status == "deferred"}
    names = tuple(c.name for c in plan.changes if (c.project, c.stack, c.inputs) in deferred)
    if not names:
        return None
    return _release(ports, fleet, plan, by, (ReleasedRing(CAUGHT_UP, timedelta(0), names),), ports.clock.now())


def _release(
    ports: Ports, fleet: Fleet, plan: ChangePlan, by: str, rings: tuple[ReleasedRing, ...], now: datetime
) -> Rollout:
    assert ports.rollouts is not None
    released = Release(plan.to_json(), now, by, fleet.file.rollout.stop_at, rings)
    return ports.rollouts.release(released, Progress("open", opened={rings[0].name: now}))
