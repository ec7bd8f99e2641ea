"""Whether what a stack would get now is what was reviewed: nobody applies what nobody saw."""

from __future__ import annotations

from collections.abc import Iterable

from retailops.cloud.changes.change import StackChange
from retailops.ports import Revision

UNSEEN = "could not be reached when the plan was made, and can be now: nobody has seen its changes"


def against(old: StackChange, new: StackChange, fellows: Iterable[StackChange], known: Revision | None) -> str:
    """Why `new`, a preview of just now with changes, may not be applied for the plan's `old`; "" where it may.

    A stack that nobody could preview gets what a fellow of its project gets, the same operations on the same resources and
    their same properties, or nothing. What is left of an up of the same inputs that was cut off or failed is part of what was reviewed.
    """
    if old.form == "deferred":
        seen = {_kind(fellow) for fellow in fellows if fellow.form == "changes" and fellow.project == new.project}
        return "" if _kind(new) in seen else UNSEEN
    if _cut_off(known, old.inputs) and set(new.steps) <= set(old.steps):
        return ""
    if new.state != old.state:
        return "its state was written by somebody else"
    return "" if new.steps == old.steps else "a preview finds other steps than the plan has"


def _kind(change: StackChange) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    paths = change.paths or ((),) * len(change.steps)
    steps = zip(change.steps, paths, strict=True)
    return tuple(sorted((op, urn.replace(change.stack, "*"), where) for (op, urn), where in steps))


def _cut_off(known: Revision | None, inputs: str) -> bool:
    return known is not None and known.status in ("begun", "failed") and known.wanted == inputs
