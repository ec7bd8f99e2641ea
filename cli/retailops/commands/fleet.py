"""`retailops fleet`: what holds for all stores at once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import click

from retailops.commands.app import App, Records, pass_app, whoami
from retailops.commands.console import Console, output_option
from retailops.commands.lazy import LazyGroup
from retailops.commands.rollout_shown import first_line
from retailops.errors import GateNotMet, UsageError
from retailops.ports import Pause, Pauses, Revision, Revisions

SHOWN = 50
COMMANDS = {
    "rollout": ("retailops.commands.rollout:rollout", "A change of many stores, by rings: run, status, stop, resume."),
}


@click.group(cls=LazyGroup, places=COMMANDS)
def fleet() -> None:
    """The whole fleet: status of its stacks, pause, resume, rollouts."""


@fleet.command()
@click.option("--reason", default="", help="Why, for those who find their command stopped.")
@output_option
@pass_app
def pause(app: App, console: Console, reason: str) -> None:
    """Stop everything that acts on the fleet before its next step, until `fleet resume`.

    Example: retailops fleet pause --reason "payment outage, 13:40"
    """
    records = app.records
    pauses, _ = _state(records)
    asked = Pause(whoami(), records.clock.now(), reason)
    held = pauses.pause(asked)
    console.line(_shown(held) if held == asked else f"was paused already: {_shown(held)}")
    console.result({"paused": True, "by": held.by, "at": held.at.isoformat(), "reason": held.reason})


@fleet.command()
@output_option
@pass_app
def resume(app: App, console: Console) -> None:
    """End the pause; commands that were stopped go on when they are repeated.

    Example: retailops fleet resume
    """
    pauses, _ = _state(app.records)
    ended = pauses.resume()
    console.line(f"resumed; it was {_shown(ended)}" if ended else "the fleet was not paused")
    console.result({"paused": False, "changed": ended is not None})


@fleet.command()
@click.option("--check", is_flag=True, help="End with 6 if a stack has been deferred for too long.")
@click.option("--days", type=click.IntRange(0), help="How long that is (default: rollout.deferredAlarm of fleet.yaml).")
@output_option
@pass_app
def status(app: App, console: Console, check: bool, days: int | None) -> None:
    """Show the fleet's pause, and the stacks that are not at their wanted revision; LATE marks those deferred for too long.

    Example: retailops fleet status --check --days 3
    """
    from retailops.model import load_chain
    from retailops.model.rollout import span, span_text

    records = app.records
    pauses, revisions = _state(records)
    held, known, now = pauses.current(), revisions.every(), records.clock.now()
    borne = span(load_chain(app.root).rollout.deferred_alarm) if days is None else timedelta(days=days)
    late = {item.name for item in known if item.deferred and now - item.deferred > borne}
    console.line(_shown(held) if held else "not paused")
    counts = Counter(item.status for item in known)
    console.line(", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "no stack is known yet")
    rollout = records.rollouts.latest() if records.rollouts else None
    if rollout and rollout.progress.status in ("open", "stopped"):
        why = f": {rollout.progress.why}" if rollout.progress.why else ""
        console.line(f"rollout {rollout.number} is {rollout.progress.status}{why}")
    behind = [item for item in known if item.status != "applied"]
    shown = [item for item in behind if item.status != "pending" or item.deferred]
    if shown:
        columns = ("STACK", "STATUS", "SINCE", "AGE", "WHY")
        console.table(columns, [_row(item, now, item.name in late) for item in shown[:SHOWN]])
        if len(shown) > SHOWN:
            console.line(f"and {len(shown) - SHOWN} more (--output json has all)")
    console.result(
        {
            "paused": held and {"by": held.by, "at": held.at.isoformat(), "reason": held.reason},
            "counts": dict(counts),
            "behind": [
                {
                    "stack": item.name,
                    "status": item.status,
                    "since": item.since.isoformat(),
                    "deferred": item.deferred and item.deferred.isoformat(),
                    "late": item.name in late,
                    "error": item.error,
                }
                for item in behind
            ],
        }
    )
    if check and late:
        raise GateNotMet(
            f"{len(late)} stacks have not been reached for more than {span_text(borne)}: {', '.join(sorted(late)[:10])}",
            resolution="Bring their lines back: the rollout's next run, or the next ci plan, catches them up.",
        )


def _row(item: Revision, now: datetime, late: bool) -> tuple[str, ...]:
    since = item.deferred or item.since
    age = f"{max(now - since, timedelta()).days}d" + (" LATE" if late else "")
    return (item.name, item.status, f"{since:%Y-%m-%d %H:%M}", age, first_line(item.error))


def _state(records: Records) -> tuple[Pauses, Revisions]:
    """Neither needs a lab or a world to act on: whoever has the fleet repository can stop everything."""
    if records.pauses is None or records.revisions is None:
        raise UsageError("this world keeps no revisions")
    return records.pauses, records.revisions


def _shown(pause: Pause) -> str:
    return f"paused by {pause.by} at {pause.at:%Y-%m-%d %H:%M:%S} UTC" + (f": {pause.reason}" if pause.reason else "")
