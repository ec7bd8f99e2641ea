"""A plan as lines that a person can read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from retailops.plan.actions import FileDiff
from retailops.plan.plan import Plan
from retailops.ports import RenderedFile


def file_diffs(wanted: Mapping[str, RenderedFile], found: Mapping[str, str | None]) -> tuple[FileDiff, ...]:
    """Files whose content differs from what a host has; `found` maps path -> SHA-256 in hex, or `None`."""
    digests = {path: hashlib.sha256(file.content).hexdigest() for path, file in sorted(wanted.items())}
    return tuple(FileDiff(path, found.get(path), after) for path, after in digests.items() if found.get(path) != after)


def lines(plan: Plan) -> Iterator[str]:
    """`+` a change, `-` a change that destroys, `=` already right; files under their action."""
    for item in plan.items:
        if item in plan.noops:
            yield f"  = {item.kind} {item.target}: {item.reason}"
    for action in plan.actions:
        yield f"  {'-' if action.destructive else '+'} {action.kind} {action.target}: {action.reason}"
        for file in action.diff:
            yield f"      {'new' if file.before is None else 'changed'} {file.path}"
