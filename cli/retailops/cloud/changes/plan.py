"""Finding what a change touches: by input hash, and a preview of those stacks only."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from retailops.cloud.catalog import CLOUDS, WantedStack
from retailops.cloud.changes.base import Base
from retailops.cloud.changes.change import ChangePlan, Expiring, StackChange
from retailops.cloud.changes.inputs import Inputs
from retailops.cloud.changes.price import Pricing
from retailops.errors import Interrupted, RetailopsError, Unreachable
from retailops.ports import PolicyRefused, PolicyWaiver, Ports, Revision, StackRequest, StackResult

WORKERS = min(4, max(2, os.cpu_count() or 2))
"""Each has a program of its own to start, which costs CPU: more than cores only slow each other."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
SOON = timedelta(days=14)
RequestOf = Callable[[WantedStack], StackRequest]
"""Opens one stack: its state, its passphrase and a kubeconfig; raises `Unreachable` where its cluster does not answer."""


def plan_changes(
    ports: Ports,
    fleet: str,
    stacks: Iterable[WantedStack],
    inputs: Inputs,
    known: Iterable[Revision],
    request_of: RequestOf,
    *,
    base: Base | None = None,
    pricing: Pricing | None = None,
    waivers: Iterable[PolicyWaiver] = (),
    released: Mapping[str, str] | None = None,
) -> ChangePlan:
    """Previews the stacks whose inputs moved, a few at a time; changes and keeps nothing.

    Moved is what differs from `base`, and from what is applied. A stack that was never brought up waits for its onboarding, or
    for `cloud up`. A cluster that does not answer makes its stack deferred. What an open rollout brings to the same inputs
    (`released`, by name) is left to it.
    """
    revisions = {(item.project, item.stack): item for item in known}
    before = base.inputs if base and not base.fault else None
    moved: list[tuple[WantedStack, str]] = []
    waiting, unchanged, left, names = [], 0, 0, set()
    for stack in stacks:
        names.add(stack.name)
        now, revision = inputs.of(stack), revisions.get((stack.project, stack.stack))
        if released and released.get(stack.name) == now:
            left += 1
        elif revision is None:
            waiting.append(stack.name)
        elif _is_there(revision, now) or (before is not None and before.get(stack.name) == now):
            unchanged += 1
        else:
            moved.append((stack, now))
    with ThreadPoolExecutor(WORKERS) as pool:
        changes = tuple(pool.map(lambda item: preview(ports, item[0], item[1], request_of), moved))
    if pricing:
        priced = zip(changes, (stack for stack, _ in moved), strict=True)
        changes = tuple(_priced(ports, change, stack, request_of, base, pricing) for change, stack in priced)
    today = ports.clock.now().date()
    return ChangePlan(
        fleet,
        ports.world,
        ports.stacks.engine,
        changes,
        unchanged,
        tuple(waiting),
        day=today.isoformat(),
        base=base.commit if base and before is not None else "",
        base_fault=base.fault if base else "",
        expiring=tuple(
            Expiring(waiver.policy, waiver.stack, waiver.resource, waiver.until.isoformat())
            for waiver in waivers
            if today <= waiver.until <= today + SOON
        ),
        added=tuple(name for name in waiting if before is not None and name not in before),
        gone=tuple(sorted(set(before or ()) - names)),
        released=left,
    )


def _is_there(revision: Revision, inputs: str) -> bool:
    return revision.status == "applied" and revision.applied == inputs


def preview(ports: Ports, stack: WantedStack, inputs: str, request_of: RequestOf) -> StackChange:
    """One stack as a preview finds it now, or why it can't say; whatever goes wrong with one is no other's."""
    bare = StackChange(stack.project, stack.stack, inputs, "failed")
    try:
        result = ports.stacks.preview(request_of(stack), lambda _line: None)
    except PolicyRefused as error:
        return replace(bare, form="refused", why=error.message, policies=error.findings)
    except Unreachable as error:
        return replace(bare, form="deferred", why=error.message)
    except Interrupted:
        raise
    except RetailopsError as error:
        return replace(bare, why=_printable("\n".join(filter(None, (error.message, error.details)))))
    except Exception as error:
        return replace(bare, why=_printable(f"{type(error).__name__}: {error}"))
    return found(stack, inputs, result)


def _printable(text: str) -> str:
    """A program's words end in a terminal and on a page: without colours and control characters."""
    plain = _COLOUR.sub("", text)
    return "".join(char for char in plain if char.isprintable() or char == "\n")


def found(stack: WantedStack, inputs: str, result: StackResult) -> StackChange:
    steps = sorted((step for step in result.steps if step.op not in ("same", "read")), key=lambda s: (s.op, s.urn))
    return StackChange(
        stack.project,
        stack.stack,
        inputs,
        "changes" if steps else "same",
        result.digest,
        tuple((step.op, step.urn) for step in steps),
        paths=tuple(tuple(text.partition(": ")[0] for text in step.diff) for step in steps),
        policies=result.findings,
    )


def _priced(
    ports: Ports,
    change: StackChange,
    stack: WantedStack,
    request_of: RequestOf,
    base: Base | None,
    pricing: Pricing,
) -> StackChange:
    if stack.project not in CLOUDS:
        return change
    if base and not base.fault:
        return replace(change, price=pricing.since(stack, base.clouds.get(stack.name)))
    return replace(change, price=pricing.of(stack, _outputs(ports, stack, request_of)))


def _outputs(ports: Ports, stack: WantedStack, request_of: RequestOf) -> Mapping[str, object]:
    """What the stack said when it was applied; nothing where it can't be asked."""
    try:
        return ports.stacks.outputs(request_of(stack))
    except Interrupted:
        raise
    except RetailopsError:
        return {}
