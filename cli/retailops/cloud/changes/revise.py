"""How a stack's revision moves on: pure functions over what was known and what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from retailops.ports import Revision


def released(known: Revision | None, project: str, stack: str, inputs: str, now: datetime) -> Revision:
    """It is to be brought to `inputs` in a rollout; one that could not be reached before stays so, and its age goes on."""
    if known is None:
        return Revision(project, stack, inputs, "", "pending", now)
    if known.status == "deferred":
        return replace(known, wanted=inputs)
    return replace(known, wanted=inputs, status="pending", since=now, error="")


def begun(known: Revision, inputs: str, now: datetime) -> Revision:
    """Whoever finds it so knows that bringing it up may have been cut off in the middle."""
    return replace(known, wanted=inputs, status="begun", since=now, error="")


def applied(project: str, stack: str, inputs: str, now: datetime) -> Revision:
    """It was brought to `inputs`; whatever was wrong before is over."""
    return Revision(project, stack, inputs, inputs, "applied", now)


def deferred(known: Revision, inputs: str, why: str, now: datetime) -> Revision:
    """It could not be reached; its age counts from the first time."""
    return replace(known, wanted=inputs, status="deferred", since=now, error=why, deferred=known.deferred or now)


def failed(known: Revision, inputs: str, why: str, now: datetime) -> Revision:
    """It was reached, and bringing it up failed, or it was not well afterwards."""
    return replace(known, wanted=inputs, status="failed", since=now, error=why, deferred=None)


def held(known: Revision, inputs: str, why: str, now: datetime) -> Revision:
    """It was reached and left alone, because nobody has seen what would be done."""
    return replace(known, wanted=inputs, status="held", since=now, error=why, deferred=None)
