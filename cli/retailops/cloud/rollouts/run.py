"""Going on with a rollout: whatever may be touched now is touched, a few stacks at a time, and what came of it is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

from retailops.cloud.catalog import wanted
from retailops.cloud.changes.bringing_up import Ended, bring_up, keep
from retailops.cloud.changes.change import ChangePlan, StackChange
from retailops.cloud.changes.inputs import Inputs
from retailops.cloud.changes.plan import RequestOf, preview
from retailops.cloud.changes.reviewed import against
from retailops.cloud.rollouts.decide import Decision, World, decide, exceeds
from retailops.cloud.rollouts.health import HealthOf, ask_all
from retailops.cloud.rollouts.release import plan_of
from retailops.cloud.rollouts.windows import Place, frozen_periods, obstacle, places
from retailops.errors import Locked
from retailops.model import load_fleet
from retailops.model.chain import Period
from retailops.model.fleet import Fleet
from retailops.ports import OnLine, Ports, Progress, Rollout, RolloutStatus
from retailops.run.pausing import stop_if_paused

SUPERSEDED = "superseded: the repository wants something else since; it goes with a newer plan"


@dataclass(frozen=True)
class Round:
    """What one round came to: the rollout as it is now, what was touched, and the decision that left nothing to touch."""

    rollout: Rollout
    ended: tuple[Ended, ...]
    decision: Decision


@dataclass(frozen=True)
class Scene:
    """What stays as it is for a round: the plan, its changes by name, and when each stack may be touched."""

    plan: ChangePlan
    changes: Mapping[str, StackChange]
    where: Mapping[str, Place]
    frozen: tuple[Period, ...]
    at_once: int

    @classmethod
    def of(cls, rollout: Rollout, fleet: Fleet) -> Scene:
        plan = plan_of(rollout)
        changes = {change.name: change for change in plan.changes}
        return cls(plan, changes, places(fleet), frozen_periods(fleet.calendars), fleet.file.rollout.at_once)


@dataclass
class Runner:
    """Goes on with the latest rollout of one fleet; the caller holds the appliers' lock."""

    ports: Ports
    root: Path
    image: str
    request_of: RequestOf
    health_of: HealthOf
    on_line: OnLine
    ended: list[Ended] = field(default_factory=list)
    apart: dict[str, str] = field(default_factory=dict)

    def round(self, rollout: Rollout) -> Round:
        """Touches everything that may be touched until nothing is left for now; raises `Paused` between two stacks."""
        self.ended, self.apart = [], {}
        scene = Scene.of(rollout, load_fleet(self.root))
        while True:
            rollout = self._as_it_is(rollout)
            decision = decide(rollout, self._world(scene))
            if rollout.progress.status != "open":
                return Round(rollout, tuple(self.ended), decision)
            if decision.stop or decision.done:
                status: RolloutStatus = "stopped" if decision.stop else "done"
                why = decision.stop or _without_the_others(decision)
                self._keep(rollout, replace(rollout.progress, status=status, why=why))
            elif decision.settled:
                now = self.ports.clock.now()
                settled = {**rollout.progress.settled, **dict.fromkeys(decision.settled, now)}
                self._keep(rollout, replace(rollout.progress, settled=settled))
            elif decision.gate:
                self._gate(rollout, decision, scene)
            elif decision.touch:
                self._touch_each(rollout, decision, scene)
            else:
                return Round(rollout, tuple(self.ended), decision)

    def _world(self, scene: Scene) -> World:
        assert self.ports.revisions is not None
        every = {item.name: item for item in self.ports.revisions.every()}
        return World(every, scene.where, scene.frozen, self.ports.clock.now(), apart=self.apart)

    def _as_it_is(self, rollout: Rollout) -> Rollout:
        """A person may have stopped it."""
        assert self.ports.rollouts is not None
        return replace(rollout, progress=self.ports.rollouts.progress(rollout.number))

    def _keep(self, rollout: Rollout, progress: Progress) -> None:
        assert self.ports.rollouts is not None
        self.ports.rollouts.keep(rollout.number, progress)

    def _touch_each(self, rollout: Rollout, decision: Decision, scene: Scene) -> None:
        """A few at a time. After the first that fails none begins: it has to be decided anew whether the others may go on."""
        left = list(reversed(decision.touch))
        going: set[Future[Ended | None]] = set()
        with ThreadPoolExecutor(scene.at_once) as pool:
            while left or going:
                while left and len(going) < scene.at_once:
                    name = left.pop()
                    stop_if_paused(self.ports)
                    if self._as_it_is(rollout).progress.status != "open":
                        left.clear()
                    elif not obstacle(scene.where[name], scene.frozen, self.ports.clock.now()):
                        going.add(pool.submit(self._touch, scene.changes[name], scene.plan))
                done, going = wait(going, return_when=FIRST_COMPLETED) if going else (set(), set())
                ended = [each for each in (task.result() for task in done) if each]
                self.ended += ended
                if any(each.how == "failed" for each in ended):
                    left.clear()

    def _touch(self, old: StackChange, plan: ChangePlan) -> Ended | None:
        """None where it has to wait: somebody else works on the store, or the repository wants something else by now."""
        assert self.ports.revisions is not None
        stack = wanted(self.root, old.project, old.stack, image=self.image)
        if Inputs(self.root).of(stack) != old.inputs:
            self.apart[old.name] = SUPERSEDED
            return None
        try:
            lock = self.ports.locks.take(old.stack, f"fleet rollout of {old.name}")
        except Locked as error:
            self.apart[old.name] = error.message
            return None
        try:
            new = preview(self.ports, stack, old.inputs, self.request_of)
            if new.form == "refused":
                return keep(self.ports, new, "held", new.why, self.on_line)
            if new.form == "failed":
                return keep(self.ports, new, "failed", new.why, self.on_line)
            if new.form == "changes":
                revision = self.ports.revisions.of(old.project, old.stack)
                if why := against(old, new, plan.changes, revision):
                    return keep(self.ports, new, "held", why, self.on_line)
            return bring_up(self.ports, new, stack, self.request_of, self.on_line)
        finally:
            lock.release()

    def _gate(self, rollout: Rollout, decision: Decision, scene: Scene) -> None:
        """The next ring opens where what the last one got is well; what is not well has failed."""
        rings = rollout.release.rings
        n = next(n for n, ring in enumerate(rings) if ring.name == decision.gate)
        ring, states = rings[n], [decision.states[name] for name in rings[n].stacks]
        applied = [name for name in ring.stacks if decision.states[name] == "applied"]
        failed, touched = states.count("failed"), states.count("failed") + len(applied)

        def too_many(more: int) -> bool:
            return exceeds(failed + more, touched, len(states), rollout.release.stop_at)

        health = ask_all(self.ports, applied, self.health_of, too_many)
        for name, why in health.unwell.items():
            text = f"not well after the soak: {why}"
            self.ended.append(keep(self.ports, scene.changes[name], "failed", text, self.on_line))
        if health.unwell:
            return
        if health.unknown and too_many(len(health.unknown)):
            shown = ", ".join(health.unknown[:3])
            self.apart[ring.name] = (
                f"{len(health.unknown)} of ring {ring.name} don't say whether they are well: {shown}"
            )
        else:
            self.on_line(f"ring {rings[n + 1].name} is open: {len(rings[n + 1].stacks)} stacks")
            opened = {**rollout.progress.opened, rings[n + 1].name: self.ports.clock.now()}
            self._keep(rollout, replace(rollout.progress, opened=opened))


def _without_the_others(decision: Decision) -> str:
    """What a rollout that is done has not brought; "" for nothing."""
    counts = Counter(decision.states.values())
    return ", ".join(f"{counts[state]} {state}" for state in ("failed", "held", "left out", "gone") if counts[state])
