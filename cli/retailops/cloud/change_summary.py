"""A plan of CI as Markdown, for the review of the change that it belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from retailops.cloud.change import ChangePlan, StackChange

SHOWN = 20
_UNKNOWN = "unknown: deferred"


def summary(plan: ChangePlan, limit: int) -> str:
    """`limit` is the most stacks that one apply touches; a table of more than 20 rows is folded."""
    return "\n".join(_lines(plan, limit)) + "\n"


def _lines(plan: ChangePlan, limit: int) -> Iterator[str]:
    mark = " (SIMULATED)" if plan.world == "SIMULATED" else ""
    yield f"## retailops ci plan{mark}"
    yield ""
    counts = Counter(change.form for change in plan.changes)
    yield (
        f"Stacks: {counts['changes']} to change, {counts['same']} with new inputs and nothing to do, "
        f"{counts['deferred']} out of reach, {plan.unchanged} untouched."
    )
    if plan.waiting:
        yield f"Never brought up: {len(plan.waiting)}; onboarding or `cloud up` does that first."
    yield ""
    yield from _table(plan.changes)
    yield from _policies(plan)
    yield "**Price:** not part of this plan."
    yield ""
    yield f"**Form:** {_form(plan, limit)}"
    yield ""
    yield f"Engine: {plan.engine}. Plan `{plan.digest[:16]}`."


def _table(changes: tuple[StackChange, ...]) -> Iterator[str]:
    if not changes:
        return
    folded = len(changes) > SHOWN
    if folded:
        yield f"<details><summary>{len(changes)} stacks</summary>"
        yield ""
    yield "| stack | what | steps |"
    yield "|---|---|---|"
    for change in changes:
        yield f"| `{change.name}` | {_what(change)} | {_cell(_steps(change))} |"
    if folded:
        yield ""
        yield "</details>"
    yield ""


def _what(change: StackChange) -> str:
    return _UNKNOWN if change.form == "deferred" else change.form


def _steps(change: StackChange) -> str:
    if change.why:
        return change.why.splitlines()[0]
    counts = Counter(op for op, _ in change.steps)
    return ", ".join(f"{count} {op}" for op, count in sorted(counts.items()))


def _policies(plan: ChangePlan) -> Iterator[str]:
    refused = plan.of("refused")
    if not refused:
        yield f"**Policies:** met; stacks previewed: {len(plan.of('changes')) + len(plan.of('same'))}."
    else:
        yield f"**Policies:** refused: {len(refused)}"
        yield ""
        yield from (f"- `{change.name}`: {_cell(line)}" for change in refused for line in change.why.splitlines())
    yield ""


def _form(plan: ChangePlan, limit: int) -> str:
    if not plan.of("changes") and not plan.of("deferred"):
        return "nothing to apply."
    if plan.stores <= limit:
        return "applied at once."
    return f"{plan.stores} stores are more than rollout.limit ({limit}): `ci apply` releases a rollout by rings."


def _cell(text: str) -> str:
    for char in "\\`|<>*_[]":
        text = text.replace(char, f"\\{char}")
    return " ".join(text.split())
