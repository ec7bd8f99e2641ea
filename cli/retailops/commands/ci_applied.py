"""What `retailops ci apply` says of what it did, or released."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from retailops.commands.app import App
from retailops.commands.console import Console
from retailops.errors import PartialFailure

if TYPE_CHECKING:
    from retailops.cloud.changes.bringing_up import Ended
    from retailops.cloud.changes.change import ChangePlan
    from retailops.ports import Rollout

_HOW = ("applied", "deferred", "failed", "held")


def show_applied(
    app: App, console: Console, plan: ChangePlan, ended: Sequence[Ended], going_on: Rollout | None
) -> None:
    """Raises `PartialFailure` where a stack failed; `going_on` is the last rollout."""
    by = {how: {each.name: each.why for each in ended if each.how == how} for how in _HOW}
    held = f", {len(by['held'])} held" if by["held"] else ""
    console.line(
        f"{len(by['applied'])} applied, {len(by['deferred'])} deferred, {len(by['failed'])} failed{held}{app.mark}"
    )
    if going_on and going_on.progress.status == "open":
        console.line(f"rollout {going_on.number} is under way: retailops fleet rollout status")
    console.result(
        {
            "plan": plan.digest,
            "applied": list(by["applied"]),
            "deferred": by["deferred"],
            "failed": by["failed"],
            "held": by["held"],
            "released": None,
            "simulated": app.simulate,
        }
    )
    if by["failed"]:
        raise PartialFailure(
            f"{len(by['failed'])} stacks failed, the others are done",
            details="\n".join(f"{name}: {why}" for name, why in by["failed"].items()),
            resolution="Mend the cause, plan again and apply.",
        )


def released(app: App, console: Console, plan: ChangePlan, rollout: Rollout) -> None:
    """The rings, and how to go on."""
    from retailops.model.rollout import span_text

    rings = rollout.release.rings
    count = sum(len(ring.stacks) for ring in rings)
    console.line(
        f"rollout {rollout.number} is released{app.mark}: {count} stacks in {len(rings)} rings; none is touched yet"
    )
    console.table(("RING", "STACKS", "SOAK"), ((ring.name, len(ring.stacks), span_text(ring.soak)) for ring in rings))
    console.line(
        "It goes on with: retailops fleet rollout run --once (on a schedule), or without --once until it is done"
    )
    console.result(
        {
            "plan": plan.digest,
            "applied": [],
            "deferred": {},
            "failed": {},
            "held": {},
            "released": {
                "rollout": rollout.number,
                "rings": [{"name": ring.name, "stacks": list(ring.stacks)} for ring in rings],
            },
            "simulated": app.simulate,
        }
    )
