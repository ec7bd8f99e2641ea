"""A rollout as people and tools see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from retailops.commands.app import App
from retailops.commands.console import Console

if TYPE_CHECKING:
    from datetime import datetime

    from retailops.cloud.changes.bringing_up import Ended
    from retailops.cloud.rollouts.decide import Decision
    from retailops.cloud.rollouts.run import Round
    from retailops.ports import ReleasedRing, Revision, Rollout

SHOWN = 20
_TROUBLE = ("failed", "held", "deferred")


def show_round(app: App, console: Console, found: Round) -> None:
    """What was touched just now, and what waits."""
    counts = Counter(each.how for each in found.ended)
    done = ", ".join(f"{counts[how]} {how}" for how in ("applied", "deferred", "failed", "held") if counts[how])
    console.line(f"rollout {found.rollout.number}{app.mark}: {done or 'nothing to touch now'}; {_standing(found)}")
    _waits(console, found.decision)


def run_json(app: App, found: Round, ended: Sequence[Ended]) -> dict[str, Any]:
    """`ended` is what the whole run touched, `found` its last round."""
    return {
        "rollout": found.rollout.number,
        "plan": found.rollout.release.digest,
        "status": found.rollout.progress.status,
        "why": found.rollout.progress.why,
        "touched": [{"stack": each.name, "how": each.how, "why": each.why} for each in ended],
        "waits": _waits_json(found.decision),
        "simulated": app.simulate,
    }


def show_status(
    app: App, console: Console, rollout: Rollout, decision: Decision, known: Mapping[str, Revision]
) -> None:
    release, progress = rollout.release, rollout.progress
    why = f": {progress.why}" if progress.why else ""
    console.line(
        f"rollout {rollout.number}{app.mark}, plan {release.digest[:16]}, released {_at(release.at)} by {release.by}: "
        f"{progress.status}{why}"
    )
    columns = ("RING", "STACKS", "APPLIED", "DEFERRED", "FAILED", "HELD", "OUT", "LEFT", "STATE")
    console.table(columns, [_row(rollout, ring, decision) for ring in release.rings])
    if progress.status in ("open", "stopped"):
        _waits(console, decision)
    trouble = [(name, state) for name, state in decision.states.items() if state in _TROUBLE and name in known]
    if trouble:
        rows = [
            (n, s, _at(known[n].deferred or known[n].since), first_line(known[n].error)) for n, s in trouble[:SHOWN]
        ]
        console.line("")
        console.table(("STACK", "STATUS", "SINCE", "WHY"), rows)
        if len(trouble) > SHOWN:
            console.line(f"and {len(trouble) - SHOWN} more (--output json has all)")


def status_json(app: App, rollout: Rollout, decision: Decision, known: Mapping[str, Revision]) -> dict[str, Any]:
    release, progress = rollout.release, rollout.progress
    return {
        "rollout": rollout.number,
        "plan": release.digest,
        "released": release.at.isoformat(),
        "by": release.by,
        "status": progress.status,
        "why": progress.why,
        "rings": [
            {
                "name": ring.name,
                "soak_seconds": int(ring.soak.total_seconds()),
                "stacks": {name: decision.states[name] for name in ring.stacks},
                "opened": _iso(progress.opened.get(ring.name)),
                "settled": _iso(progress.settled.get(ring.name)),
            }
            for ring in release.rings
        ],
        "waits": _waits_json(decision),
        "trouble": {
            name: {"status": state, "since": known[name].since.isoformat(), "why": known[name].error}
            for name, state in decision.states.items()
            if state in _TROUBLE and name in known
        },
        "simulated": app.simulate,
    }


def _row(rollout: Rollout, ring: ReleasedRing, decision: Decision) -> tuple[object, ...]:
    counts = Counter(decision.states[name] for name in ring.stacks)
    left = counts["pending"] + counts["begun"]
    out = counts["left out"] + counts["gone"]
    progress = rollout.progress
    applied = counts["applied"] + counts["newer"]
    if ring.name not in progress.opened:
        state = "not open"
    elif ring.name in progress.settled:
        state = f"done {_at(progress.settled[ring.name])}"
    else:
        state = f"open since {_at(progress.opened[ring.name])}"
    trouble = (counts[how] for how in ("deferred", "failed", "held"))
    return (ring.name, len(ring.stacks), applied, *trouble, out, left, state)


def _standing(found: Round) -> str:
    progress = found.rollout.progress
    if progress.status == "stopped":
        return f"stopped: {progress.why}"
    if progress.status == "done":
        return f"done: {progress.why}" if progress.why else "done"
    return f"{len(found.decision.waits)} wait"


def _waits(console: Console, decision: Decision) -> None:
    from retailops.cloud.rollouts.decide import waits_by_reason

    rows = [
        (ring, count, why, _at(until) if until else "") for ring, why, count, until in waits_by_reason(decision.waits)
    ]
    if rows:
        console.line("")
        console.table(("RING", "WAITING", "WHY", "UNTIL (UTC)"), rows[:SHOWN])


def _waits_json(decision: Decision) -> list[dict[str, Any]]:
    return [
        {"stack": wait.stack, "ring": wait.ring, "why": wait.why, "until": _iso(wait.until)} for wait in decision.waits
    ]


def first_line(text: str) -> str:
    """Of an error, as much as a table takes."""
    return next(iter(text.splitlines()), "")[:80]


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
