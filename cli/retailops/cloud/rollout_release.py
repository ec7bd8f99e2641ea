"""Releasing a rollout: a reviewed plan of more stores than one apply may touch is put on disk, with its rings, and nothing is touched."""

from __future__ import annotations

from retailops.cloud import revise
from retailops.cloud.change import ChangePlan
from retailops.cloud.rings import partition
from retailops.cloud.windows import places
from retailops.model.fleet import Fleet
from retailops.ports import Ports, Progress, Release, Rollout


def release(ports: Ports, fleet: Fleet, plan: ChangePlan, by: str) -> Rollout:
    """The first ring is open from now on; a rollout that was going on is superseded.

    Stacks become pending first: killed in between, the same apply releases as if nothing had been.
    """
    assert ports.revisions is not None
    assert ports.rollouts is not None
    now, known = ports.clock.now(), {item.name: item for item in ports.revisions.every()}
    ports.revisions.put(*(revise.released(known.get(c.name), c.project, c.stack, c.inputs, now) for c in plan.changes))
    changing = [change.name for change in plan.of("changes")]
    others = [change.name for change in plan.changes if change.form != "changes"]
    policy = fleet.file.rollout
    rings = partition(policy.rings, changing, others, places(fleet))
    released = Release(plan.to_json(), now, by, policy.stop_at, rings)
    return ports.rollouts.release(released, Progress("open", opened={rings[0].name: now}))
