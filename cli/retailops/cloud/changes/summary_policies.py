"""What policies say of a plan as Markdown: refusals, waivers with their end, and what is only advised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from retailops.cloud.changes.change import ChangePlan
from retailops.cloud.changes.groups import Objection, objections
from retailops.cloud.changes.summary_text import cell, details, names, some


def policy_lines(plan: ChangePlan, most: int) -> Iterator[str]:
    """Refusals and ends stand open, the rest is folded."""
    found = objections(plan.changes)
    refused = [item for item in found if item.finding.stops]
    waived = [item for item in found if item.finding.until]
    advised = [item for item in found if not item.finding.stops and not item.finding.until]
    looked = len(plan.of("changes")) + len(plan.of("same")) + len(plan.of("refused"))
    if looked:
        verdict = f"refuse {len(plan.of('refused')):,}" if refused else "met"
        notes = [f"waivers in use: {len(waived)}"] if waived else []
        notes += [f"advice: {len(advised)}"] if advised else []
        yield f"**Policies:** {'; '.join([verdict, *notes])} (stacks looked at: {looked:,})."
        yield ""
    if refused:
        yield from _cut([_line(item) for item in refused], most)
        yield ""
    yield from _ending(plan)
    if waived:
        yield from details(f"Waivers in use ({len(waived)})", _cut([_waived(item) for item in waived], most))
    if advised:
        yield from details(f"Advice ({len(advised)})", _cut([_line(item) for item in advised], most))


def _ending(plan: ChangePlan) -> Iterator[str]:
    if plan.expiring:
        yield "**Waivers that end within 14 days:**"
        yield ""
        for waiver in plan.expiring:
            days = (date.fromisoformat(waiver.until) - date.fromisoformat(plan.day)).days
            left = "today" if days == 0 else f"in {days} {'day' if days == 1 else 'days'}"
            yield f"- `{waiver.policy}` for {cell(waiver.resource)} in stack {cell(waiver.stack)}: {waiver.until}, {left}"
        yield ""


def _line(item: Objection) -> str:
    finding = item.finding
    at = f" at `{finding.at}`" if finding.at else ""
    return f"- `{finding.policy}`: {cell(f'{finding.resource} {finding.message}')}{at} ({names(item.stacks)})"


def _waived(item: Objection) -> str:
    finding = item.finding
    people = f"{finding.requested_by} asked, {finding.approved_by} agreed"
    return f"{_line(item)}: until {finding.until}, {cell(f'{finding.reason} ({people})')}"


def _cut(lines: Sequence[str], most: int) -> list[str]:
    shown, left = some(lines, most)
    return [*shown, *([f"- … and {left} more: the plan file has them"] if left else [])]
