"""Releasing a rollout: a reviewed plan of more stores than one apply may touch is put on disk, with its rings, and nothing is touched."""

from __future__ import annotations

from datetime import datetime, timedelta

from retailops.cloud import revise
from retailops.cloud.change import ChangePlan
from retailops.cloud.rings import partition
from retailops.cloud.windows import places
from retailops.model.fleet import Fleet
from retailops.ports import Ports, Progress, Release, ReleasedRing, Rollout

CAUGHT_UP = "caught-up"


def release(ports: Ports, fleet: Fleet, plan: ChangePlan, by: str) -> Rollout:
    """The first ring is open from now on; a rollout that was going on is superseded.

    Stacks become pending first: killed in between, the same apply releases as if nothing had been.
    """
    assert ports.revisions is not None
    now, known = ports.clock.now(), {item.name: item for item in ports.revisions.every()}
    ports.revisions.put(*(revise.released(known.get(c.name), c.project, c.stack, c.inputs, now) for c in plan.changes))
    changing = [change.name for change in plan.of("changes")]
    others = [change.name for change in plan.changes if change.form != "changes"]
    return _release(ports, fleet, plan, by, partition(fleet.file.rollout.rings, changing, others, places(fleet)), now)


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
