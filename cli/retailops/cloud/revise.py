"""How a stack's revision moves on: pure functions over what was known and what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from retailops.ports import Revision


def applied(project: str, stack: str, inputs: str, now: datetime) -> Revision:
    """It was brought to `inputs`; whatever was wrong before is over."""
    return Revision(project, stack, inputs, inputs, "applied", now)


def deferred(known: Revision, inputs: str, why: str, now: datetime) -> Revision:
    """It could not be reached; its age counts from the first time."""
    since = known.since if known.status == "deferred" else now
    return replace(known, wanted=inputs, status="deferred", since=since, error=why, deferred=known.deferred or now)


def failed(known: Revision, inputs: str, why: str, now: datetime) -> Revision:
    """It was reached, and bringing it up failed."""
    return replace(known, wanted=inputs, status="failed", since=now, error=why, deferred=None)
