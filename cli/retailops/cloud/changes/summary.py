"""A plan of CI as Markdown, for the review of the change that it belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from retailops.cloud.changes.change import ChangePlan, Form
from retailops.cloud.changes.groups import Group, Resource, groups
from retailops.cloud.changes.summary_policies import policy_lines
from retailops.cloud.changes.summary_price import price_lines
from retailops.cloud.changes.summary_text import NAMED, cell, details, names, some

LIMIT = 60_000
"""Characters; a comment on GitHub holds 65,536, and a pipeline may put its own words around."""
_MOST = (1000, 300, 100, 30, 10, 3)
_SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-", "refresh": "~", "import": "="}
_LOUD: tuple[Form, ...] = ("refused", "failed")
_QUIET: dict[Form, str] = {"same": "with new inputs and nothing to do", "deferred": "out of reach"}
_WORDS = {"changes": "change", "same": "new inputs, nothing to do", "deferred": "unknown: deferred"}


def summary(plan: ChangePlan, limit: int) -> str:
    """`limit` is the most stores that one apply touches at once. Lists are cut until it fits a comment; what is left out is counted."""
    for most in _MOST:
        text = "\n".join(_lines(plan, limit, most)) + "\n"
        if len(text) <= LIMIT:
            return text
    kept = text[:LIMIT].rpartition("\n")[0]
    return f"{kept}\n\nThe rest is left out here: the plan file has all of it.\n"


def _lines(plan: ChangePlan, limit: int, most: int) -> Iterator[str]:
    mark = " (SIMULATED)" if plan.world == "SIMULATED" else ""
    yield f"## retailops ci plan{mark}"
    yield ""
    yield f"**{_outcome(plan, limit)}** {_counts(plan)} {_compared(plan)}"
    if plan.waiting:
        yield f"Never brought up: {len(plan.waiting):,}; onboarding or `cloud up` does that first."
    if plan.released:
        yield f"A rollout is under way: {plan.released:,} stacks that it has not brought yet are left to it."
    if plan.added:
        yield f"Of these new in this change: {names(plan.added)}."
    if plan.gone:
        yield f"**No longer wanted: {names(plan.gone)}; what these stacks have made is not taken down by this.**"
    yield ""
    found = groups(plan.changes)
    yield from _table(found, most)
    for group in some(found, most)[0]:
        yield from _folded(group, most)
    yield from price_lines(plan.changes)
    yield from policy_lines(plan, most)
    yield f"Engine: {plan.engine}. Plan `{plan.digest[:16]}`."


def _counts(plan: ChangePlan) -> str:
    counts = Counter(change.form for change in plan.changes)
    parts = [f"**{counts['changes']:,} to change**"]
    parts += [f"**{counts[form]:,} {form}**" for form in _LOUD if counts[form]]
    parts += [f"{counts[form]:,} {word}" for form, word in _QUIET.items() if counts[form]]
    return f"Stacks: {', '.join(parts)}, {plan.unchanged:,} untouched."


def _compared(plan: ChangePlan) -> str:
    if plan.base:
        return f"Compared with `{plan.base[:12]}`."
    note = f" ({cell(plan.base_fault)})" if plan.base_fault else ""
    return f"Compared with what is applied{note}."


def _table(found: tuple[Group, ...], most: int) -> Iterator[str]:
    if not found:
        return
    yield "| stacks | what | steps |"
    yield "|---|---|---|"
    shown, left = some(found, most)
    for group in shown:
        yield f"| {_stacks(group)} | {_WORDS.get(group.form, f'**{group.form}**')} | {_steps(group)} |"
    if left:
        yield f"| … and {left} more kinds of change: the plan file has them | | |"
    yield ""


def _stacks(group: Group) -> str:
    return names(group.stacks, "alike")


def _steps(group: Group) -> str:
    if group.refused_by:
        return f"by {', '.join(f'`{policy}`' for policy in group.refused_by)}"
    if group.why:
        return cell(group.why.splitlines()[0] if group.form != "failed" else " / ".join(_last_words(group.why)))
    counts = Counter(resource.op for resource in group.resources)
    return ", ".join(f"{count} {op}" for op, count in sorted(counts.items()))


def _last_words(why: str) -> list[str]:
    """What went wrong, and the last line of what the tool or the program said."""
    said = [line for line in why.splitlines() if line.strip()]
    return said if len(said) <= 2 else [said[0], said[-1]]


def _folded(group: Group, most: int) -> Iterator[str]:
    """What changes, and the names of all the stacks where the table has only the first."""
    shown, left = some(group.resources, most)
    lines = [_resource(resource) for resource in shown]
    lines += [f"- … and {left:,} more: the plan file has them"] if left else []
    if len(group.stacks) > NAMED:
        listed, left = some(group.stacks, most)
        end = f" and {left:,} more: the plan file has them" if left else ""
        lines += [*([""] if lines else []), f"In {', '.join(listed)}{end}."]
    if lines:
        yield from details(f"{'What changes in ' if group.resources else ''}{_stacks(group)}", lines)


def _resource(resource: Resource) -> str:
    paths = f": {', '.join(resource.paths[:6])}{' …' if len(resource.paths) > 6 else ''}" if resource.paths else ""
    return f"- `{_SIGNS.get(resource.op, '?')}` {resource.op} {cell(f'{resource.kind} {resource.name}{paths}')}"


def _outcome(plan: ChangePlan, limit: int) -> str:
    """What an apply of this plan does."""
    if plan.of("refused") or plan.of("failed"):
        return "Not to be applied: mend what is refused or failed, and plan again."
    if not plan.of("changes") and not plan.of("deferred"):
        return "Nothing to apply."
    if plan.stores <= limit:
        return "Applied at once."
    return f"{plan.stores:,} stores are more than rollout.limit ({limit}): `ci apply` releases a rollout by rings."
