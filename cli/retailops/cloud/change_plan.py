"""Finding what a change touches: by input hash against the applied revisions, and a preview of those stacks only."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from retailops.cloud.catalog import WantedStack
from retailops.cloud.change import ChangePlan, StackChange
from retailops.cloud.inputs import Inputs
from retailops.errors import GateNotMet, Interrupted, RetailopsError, Unreachable
from retailops.ports import Ports, Revision, StackRequest, StackResult

WORKERS = min(4, max(2, os.cpu_count() or 2))
"""Each has a program of its own to start, which costs CPU: more than cores only slow each other."""
RequestOf = Callable[[WantedStack], StackRequest]
"""Opens one stack: its state, its passphrase and a kubeconfig; raises `Unreachable` where its cluster does not answer."""


def plan_changes(
    ports: Ports,
    fleet: str,
    stacks: Iterable[WantedStack],
    inputs: Inputs,
    known: Iterable[Revision],
    request_of: RequestOf,
) -> ChangePlan:
    """Previews the stacks whose inputs moved, a few at a time; changes and keeps nothing.

    A stack that was never brought up waits for its onboarding, or for `cloud up`. A cluster that does not answer makes its stack deferred.
    """
    revisions = {(item.project, item.stack): item for item in known}
    moved, waiting, unchanged = [], [], 0
    for stack in stacks:
        now, revision = inputs.of(stack), revisions.get((stack.project, stack.stack))
        if revision is None:
            waiting.append(stack.name)
        elif revision.applied == now and revision.status == "applied":
            unchanged += 1
        else:
            moved.append((stack, now))
    with ThreadPoolExecutor(WORKERS) as pool:
        changes = tuple(pool.map(lambda item: preview(ports, item[0], item[1], request_of), moved))
    return ChangePlan(fleet, ports.world, ports.stacks.engine, changes, unchanged, tuple(waiting))


def preview(ports: Ports, stack: WantedStack, inputs: str, request_of: RequestOf) -> StackChange:
    """One stack as a preview finds it now, or why it can't say."""
    try:
        result = ports.stacks.preview(request_of(stack), lambda _line: None)
    except GateNotMet as error:
        return StackChange(stack.project, stack.stack, inputs, "refused", why=error.details or error.message)
    except Unreachable as error:
        return StackChange(stack.project, stack.stack, inputs, "deferred", why=error.message)
    except Interrupted:
        raise
    except RetailopsError as error:
        return StackChange(stack.project, stack.stack, inputs, "failed", why=error.message)
    return found(stack, inputs, result)


def found(stack: WantedStack, inputs: str, result: StackResult) -> StackChange:
    steps = tuple(sorted((step.op, step.urn) for step in result.steps if step.op not in ("same", "read")))
    return StackChange(stack.project, stack.stack, inputs, "changes" if steps else "same", result.digest, steps)
