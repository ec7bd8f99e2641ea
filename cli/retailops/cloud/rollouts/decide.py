"""What a rollout may touch now, and why everything else waits: a pure function of what was released, what is known and the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from retailops.cloud.rollouts.windows import Place, obstacle
from retailops.model.chain import Period
from retailops.ports import ReleasedRing, Revision, Rollout

State = Literal["applied", "newer", "pending", "begun", "deferred", "failed", "held", "left out", "gone"]
RETRY = timedelta(minutes=15)
"""How long a stack that could not be reached is left alone."""
DEFERRED = "deferred: it did not answer, and is tried again"
UNDER_WAY: tuple[State, ...] = ("pending", "begun")
OVER: tuple[State, ...] = ("applied", "newer", "left out", "gone")


@dataclass(frozen=True)
class Wait:
    """Why a stack waits; `until` is set where time alone ends it."""

    stack: str
    ring: str
    why: str
    until: datetime | None = None


@dataclass(frozen=True)
class World:
    """What a decision rests on beside the rollout. `apart` maps a stack's or a ring's name to why it has to wait for now."""

    known: Mapping[str, Revision]
    places: Mapping[str, Place]
    frozen: Sequence[Period]
    now: datetime
    paused: str = ""
    apart: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """`touch` in order; `settled` names rings that are settled since now; `gate` is the ring whose soak is over and whose stacks
    have to be well before the next opens; `stop` says why the rollout has to stop; `done`: nothing is left to do."""

    states: Mapping[str, State]
    touch: tuple[str, ...] = ()
    waits: tuple[Wait, ...] = ()
    settled: tuple[str, ...] = ()
    gate: str | None = None
    stop: str = ""
    done: bool = False


def decide(rollout: Rollout, world: World) -> Decision:
    """Changes nothing and reads no clock; the same call with what came of it is the next decision."""
    rings, progress = rollout.release.rings, rollout.progress
    inputs = inputs_of(rollout)
    states = {name: _state(rollout, name, inputs[name], world) for ring in rings for name in ring.stacks}
    opened = [ring for ring in rings if ring.name in progress.opened]
    blocked = f"stopped: {progress.why}" if progress.status == "stopped" else world.paused
    if not blocked and (stop := next((why for ring in opened if (why := _too_many(rollout, ring, states))), "")):
        return Decision(states, stop=stop)
    settled = tuple(r.name for r in opened if r.name not in progress.settled and _is_settled(r, states))
    gate, why, until = _next_ring(rollout, opened, settled, states, world)
    touch: list[str] = []
    waits: list[Wait] = []
    for ring in rings:
        for name in ring.stacks:
            if states[name] in OVER:
                continue
            if blocked:
                waits.append(Wait(name, ring.name, blocked))
            elif ring not in opened:
                waits.append(Wait(name, ring.name, why, until))
            elif wait := _wait(name, ring, states[name], world):
                waits.append(wait)
            else:
                touch.append(name)
        if ring not in opened:
            why, until = f"ring {ring.name} is not open", None
    left = any(state in (*UNDER_WAY, "deferred") for state in states.values())
    return Decision(states, tuple(touch), tuple(waits), settled, None if blocked else gate, done=not left)


def _state(rollout: Rollout, name: str, inputs: str, world: World) -> State:
    """What a revision says of another release, or of before this one, counts for nothing."""
    release, progress, revision = rollout.release, rollout.progress, world.known.get(name)
    if name in progress.left_out:
        return "left out"
    if name not in world.places:
        return "gone"
    if revision is None:
        return "pending"
    if revision.status == "applied":
        if revision.applied == inputs:
            return "applied"
        return "newer" if revision.since >= release.at else "pending"
    if revision.wanted != inputs or revision.since < release.at:
        return "pending"
    if revision.status in ("failed", "held") and progress.resumed and revision.since <= progress.resumed:
        return "pending"
    return revision.status


def inputs_of(rollout: Rollout) -> Mapping[str, str]:
    """Name of a stack -> the input hash that it is to be brought to."""
    return {f"{item['project']}/{item['stack']}": item["inputs"] for item in rollout.release.plan["changes"]}


def exceeds(failed: int, touched: int, size: int, limit: int) -> bool:
    """Whether failures are more than `limit` percent of those touched; in a ring that is large enough the first is borne."""
    sample = min(size, 100 // limit) if limit else 0
    return failed * 100 > limit * max(touched, sample)


def _too_many(rollout: Rollout, ring: ReleasedRing, states: Mapping[str, State]) -> str:
    failed = [name for name in ring.stacks if states[name] == "failed"]
    touched = len(failed) + sum(states[name] == "applied" for name in ring.stacks)
    if not exceeds(len(failed), touched, len(ring.stacks), rollout.release.stop_at):
        return ""
    more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
    return f"{len(failed)} of {touched} touched in ring {ring.name} failed: {', '.join(failed[:3])}{more}"


def _is_settled(ring: ReleasedRing, states: Mapping[str, State]) -> bool:
    return not any(states[name] in UNDER_WAY for name in ring.stacks)


def _next_ring(
    rollout: Rollout,
    opened: Sequence[ReleasedRing],
    settled: Sequence[str],
    states: Mapping[str, State],
    world: World,
) -> tuple[str | None, str, datetime | None]:
    """The ring whose stacks have to be looked at now; else why the next ring waits, and until when."""
    last = opened[-1]
    if len(opened) == len(rollout.release.rings):
        return None, "", None
    since = world.now if last.name in settled else rollout.progress.settled.get(last.name)
    if since is None:
        return None, f"ring {last.name} is not done", None
    if world.now < since + last.soak:
        return None, f"soak of ring {last.name}", since + last.soak
    if not any(states[name] in ("applied", "newer") for name in last.stacks):
        return None, f"nothing of ring {last.name} could be applied, so it shows nothing", None
    if last.name in world.apart:
        return None, world.apart[last.name], None
    return last.name, f"ring {last.name} is looked at first", None


def _wait(name: str, ring: ReleasedRing, state: State, world: World) -> Wait | None:
    revision = world.known.get(name)
    if revision and state in ("failed", "held"):
        return Wait(name, ring.name, state)
    if name in world.apart:
        return Wait(name, ring.name, world.apart[name])
    if revision and state == "deferred" and world.now < revision.since + RETRY:
        return Wait(name, ring.name, DEFERRED)
    if found := obstacle(world.places[name], world.frozen, world.now):
        return Wait(name, ring.name, *found)
    return None


def waits_by_reason(waits: Sequence[Wait]) -> Iterator[tuple[str, str, int, datetime | None]]:
    """(ring, why, how many, the first `until` among them), in the order of the waits."""
    groups: dict[tuple[str, str], list[Wait]] = {}
    for wait in waits:
        groups.setdefault((wait.ring, wait.why), []).append(wait)
    for (ring, why), each in groups.items():
        ends = [wait.until for wait in each if wait.until]
        yield ring, why, len(each), min(ends) if ends else None
