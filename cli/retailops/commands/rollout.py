"""`retailops fleet rollout`: going on with a released change by rings, and looking at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retailops.commands.app import App, pass_app, whoami
from retailops.commands.ci import kubeconfig_option, requests_of
from retailops.commands.console import Console, output_option
from retailops.commands.rollout_shown import run_json, show_round, show_status, status_json
from retailops.errors import GateNotMet, PartialFailure, UsageError

if TYPE_CHECKING:
    from retailops.cloud.changes.bringing_up import Ended
    from retailops.cloud.rollouts.run import Round, Runner
    from retailops.ports import Clock, Rollout, Rollouts

PAUSE_SECONDS = 5.0
LOOK_SECONDS = 300.0
"""A waiting run looks again so often: a store may have come back, or its window been changed."""
APPLY_SECONDS = 900
"""A run that has begun waits so long for an apply that came in between."""


@click.group()
def rollout() -> None:
    """A change of many stores, by rings: go on, look, stop, resume. `ci apply` releases one."""


@rollout.command()
@click.option("--once", is_flag=True, help="Touch what may be touched now, and end: for a schedule.")
@click.option("--wait", default=0, show_default=True, type=click.IntRange(0), help="Seconds to wait for another apply.")
@kubeconfig_option
@output_option
@pass_app
def run(app: App, console: Console, once: bool, wait: int, kubeconfigs: tuple[tuple[str, Path], ...]) -> None:
    """Go on with the rollout: every store whose ring is open, in its maintenance window, outside of frozen days.

    Without --once it goes on until nothing more goes on by itself. Ends with 0 also where stores wait or can't be reached; with
    5 when a stack failed and the rollout goes on, with 6 when it is stopped, with 7 while another apply is going on, and with
    130 when the fleet is paused. Killed anywhere, the next run goes on.

    Example: retailops fleet rollout run --once
    """
    from retailops.cloud.changes.apply import one_applier
    from retailops.run.pausing import stop_if_paused, wait_until

    ports = app.ports
    stop_if_paused(ports)
    runner = _runner(app, console, kubeconfigs)
    ended: list[Ended] = []
    while True:
        with one_applier(ports.locks, ports.clock, wait, "fleet rollout run"):
            current = _rollouts(ports.rollouts).latest()
            if current is None or current.progress.status in ("done", "superseded"):
                console.line("no rollout is under way")
                console.result(None)
                return
            if current.progress.status == "stopped":
                raise _stopped(current)
            found = runner.round(current)
        ended, wait = [*ended, *found.ended], max(wait, APPLY_SECONDS)
        wake = None if once else _wake(app, found)
        if wake is None:
            break
        if found.ended or len(ended) == 0:
            show_round(app, console, found)
        wait_until(ports, wake, timedelta.max.total_seconds() if app.simulate else PAUSE_SECONDS)
    show_round(app, console, found)
    console.result(run_json(app, found, ended))
    if found.rollout.progress.status == "stopped":
        raise _stopped(found.rollout)
    if failed := sum(each.how == "failed" for each in ended):
        raise PartialFailure(
            f"{failed} stacks failed; the rollout goes on with the others",
            resolution="See why: retailops fleet rollout status. Mended ones are tried again after: retailops fleet rollout resume",
        )


@rollout.command()
@output_option
@pass_app
def status(app: App, console: Console) -> None:
    """Show how far the rollout is, ring by ring, and why the rest waits.

    Example: retailops fleet rollout status
    """
    from retailops.cloud.rollouts.decide import World, decide
    from retailops.cloud.rollouts.windows import frozen_periods, places
    from retailops.model import load_fleet

    records = app.records
    current = _rollouts(records.rollouts).latest()
    if current is None:
        console.line("no rollout was ever released")
        console.result(None)
        return
    fleet = load_fleet(app.root)
    known = {item.name: item for item in records.revisions.every()} if records.revisions else {}
    held = records.pauses.current() if records.pauses else None
    paused = f"the fleet is paused by {held.by}" if held else ""
    world = World(known, places(fleet), frozen_periods(fleet.calendars), _clock(app).now(), paused)
    decision = decide(current, world)
    show_status(app, console, current, decision, known)
    console.result(status_json(app, current, decision, known))


@rollout.command()
@click.option("--reason", default="", help="Why, for those who find it stopped.")
@output_option
@pass_app
def stop(app: App, console: Console, reason: str) -> None:
    """Stop the rollout before its next stack, until `fleet rollout resume`; other work on the fleet goes on.

    Example: retailops fleet rollout stop --reason "tills answer slowly in hz0001"
    """
    rollouts = _rollouts(app.records.rollouts)
    current = _under_way(rollouts)
    why = f"by {whoami()}" + (f": {reason}" if reason else "")
    rollouts.keep(current.number, replace(current.progress, status="stopped", why=why))
    now = _under_way(rollouts)
    console.line(f"rollout {now.number} is stopped {now.progress.why}")
    console.result({"rollout": now.number, "status": now.progress.status, "why": now.progress.why})


@rollout.command()
@click.option("--without", metavar="STACK", multiple=True, help="Leave this store or stack out of the rollout.")
@click.option("--next-ring", is_flag=True, help="Open the next ring, whatever the one before shows.")
@output_option
@pass_app
def resume(app: App, console: Console, without: tuple[str, ...], next_ring: bool) -> None:
    """Go on with a stopped rollout: what failed or was held is tried again, and soaks anew.

    Example: retailops fleet rollout resume --without hz0001
    """
    from retailops.cloud.changes.apply import one_applier

    rollouts, clock = _rollouts(app.records.rollouts), _clock(app)
    with one_applier(app.records.locks, clock, 0, "fleet rollout resume"):
        current = _under_way(rollouts)
        now, progress = clock.now(), current.progress
        left_out = {**progress.left_out, **{_stack(current, name): whoami() for name in without}}
        opened = {**progress.opened, **(_next(current, now) if next_ring else {})}
        last = next((ring.name for ring in reversed(current.release.rings) if ring.name in progress.opened), None)
        settled = {name: at for name, at in progress.settled.items() if next_ring or name != last}
        progress = replace(
            progress, status="open", why="", resumed=now, left_out=left_out, opened=opened, settled=settled
        )
        rollouts.resume(current.number, progress)
    console.line(f"rollout {current.number} goes on with the next run: retailops fleet rollout run --once")
    console.result({"rollout": current.number, "status": "open", "left_out": dict(left_out), "opened": list(opened)})


def _runner(app: App, console: Console, kubeconfigs: tuple[tuple[str, Path], ...]) -> Runner:
    from retailops.cloud.rollouts.run import Runner
    from retailops.onboarding.revisions import image

    ports, request_of = app.ports, requests_of(app, console, kubeconfigs)
    health = _health_of(app, console, kubeconfigs)
    return Runner(ports, app.root, image(ports), request_of, health, console.line)


def _health_of(app: App, console: Console, kubeconfigs: tuple[tuple[str, Path], ...]) -> Callable[[str], str]:
    """A store is well when its workloads are ready and its till answers; a cloud, when nothing of its stack has moved."""
    from retailops.cloud.catalog import EDGE, wanted
    from retailops.edge.app_probes import healthy
    from retailops.onboarding.onboard import open_context
    from retailops.onboarding.revisions import image

    def health_of(name: str) -> str:
        project, _, stack = name.partition("/")
        if project == EDGE:
            ok, found = healthy(open_context(app.ports, app.root, stack, console.line))
            return "" if ok else f"not ready: {', '.join(found['short']) or 'the till does not answer'}"
        request = requests_of(app, console, kubeconfigs)(wanted(app.root, project, stack, image=image(app.ports)))
        changes = app.ports.stacks.preview(request, lambda _line: None).changes
        return f"{changes} resources moved" if changes else ""

    return health_of


def _wake(app: App, found: Round) -> datetime | None:
    """When there is something to do again; None where time alone brings nothing more."""
    ends = [wait.until for wait in found.decision.waits if wait.until]
    if found.rollout.progress.status != "open" or not ends:
        return None
    return min(ends) if app.simulate else min(min(ends), app.ports.clock.now() + timedelta(seconds=LOOK_SECONDS))


def _clock(app: App) -> Clock:
    """Simulated time runs ahead; in any other world the records' own clock does, and no lab is needed."""
    return app.ports.clock if app.simulate else app.records.clock


def _rollouts(rollouts: Rollouts | None) -> Rollouts:
    if rollouts is None:
        raise UsageError("this world keeps no rollouts")
    return rollouts


def _under_way(rollouts: Rollouts) -> Rollout:
    current = rollouts.latest()
    if current is None or current.progress.status not in ("open", "stopped"):
        raise UsageError("no rollout is under way", resolution="See the last one: retailops fleet rollout status")
    return current


def _stack(current: Rollout, name: str) -> str:
    """`hz0001` is the store's stack."""
    names = {stack for ring in current.release.rings for stack in ring.stacks}
    for stack in (name, f"edge/{name}"):
        if stack in names:
            return stack
    raise UsageError(f"{name} is not in rollout {current.number}")


def _next(current: Rollout, now: datetime) -> dict[str, datetime]:
    closed = [ring.name for ring in current.release.rings if ring.name not in current.progress.opened]
    if not closed:
        raise UsageError(f"every ring of rollout {current.number} is open")
    return {closed[0]: now}


def _stopped(current: Rollout) -> GateNotMet:
    return GateNotMet(
        f"rollout {current.number} is stopped: {current.progress.why}",
        resolution="Look (retailops fleet rollout status), mend, then: retailops fleet rollout resume; or plan and apply a mended change.",
    )
