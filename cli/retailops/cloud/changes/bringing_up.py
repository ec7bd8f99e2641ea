"""Bringing one stack up and keeping how that ended, whether it goes alone or in a rollout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from retailops.cloud.catalog import WantedStack
from retailops.cloud.changes import revise
from retailops.cloud.changes.change import StackChange
from retailops.cloud.changes.plan import RequestOf
from retailops.errors import Interrupted, RetailopsError, Unreachable
from retailops.ports import OnLine, Ports, Revision

End = Literal["applied", "deferred", "failed", "held"]
_KEEP = {"deferred": revise.deferred, "failed": revise.failed, "held": revise.held}


@dataclass(frozen=True)
class Ended:
    """How it ended for one stack, with the reason for all but `applied`."""

    name: str
    how: End
    why: str = ""


def bring_up(ports: Ports, change: StackChange, stack: WantedStack, request_of: RequestOf, on_line: OnLine) -> Ended:
    """Does what the preview `change` says; raises `Interrupted` only."""
    if change.form == "deferred":
        return keep(ports, change, "deferred", change.why, on_line)
    try:
        if change.form == "changes":
            request = request_of(stack)
            _put(ports, revise.begun(known(ports, change), change.inputs, ports.clock.now()))
            ports.stacks.up(request, on_line)
    except Interrupted:
        raise
    except Unreachable as error:
        return keep(ports, change, "deferred", error.message, on_line)
    except RetailopsError as error:
        return keep(ports, change, "failed", error.message, on_line)
    return keep(ports, change, "applied", "", on_line)


def keep(ports: Ports, change: StackChange, how: End, why: str, on_line: OnLine) -> Ended:
    """Says how the stack ended, and puts it on disk."""
    now = ports.clock.now()
    if how == "applied":
        _put(ports, revise.applied(change.project, change.stack, change.inputs, now))
    else:
        _put(ports, _KEEP[how](known(ports, change), change.inputs, why, now))
    on_line(f"{change.name}: {how}" + (f", {why.splitlines()[0]}" if why else ""))
    return Ended(change.name, how, why)


def known(ports: Ports, change: StackChange) -> Revision:
    """The stack's revision, or a fresh one."""
    assert ports.revisions is not None
    fresh = Revision(change.project, change.stack, change.inputs, "", "pending", ports.clock.now())
    return ports.revisions.of(change.project, change.stack) or fresh


def _put(ports: Ports, revision: Revision) -> None:
    assert ports.revisions is not None
    ports.revisions.put(revision)
