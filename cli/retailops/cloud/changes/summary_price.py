"""The prices of a plan as Markdown: a month before and after, and where each figure comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from retailops.cloud.changes.change import StackChange
from retailops.cloud.changes.summary_text import cell, details
from retailops.cloud.stack_price import NOT_COUNTED, Priced, StackPrice
from retailops.model.price_file import PRICES

UNKNOWN = "not known"
_PER = {"hour": "an hour", "month": "a month"}


def price_lines(changes: Iterable[StackChange]) -> Iterator[str]:
    """Nothing where no stack of the plan has a price."""
    priced = [(change.name, change.price) for change in changes if change.price]
    if not priced:
        return
    yield "**Price a month**"
    yield ""
    yield "| stack | before | after | difference | budget |"
    yield "|---|--:|--:|--:|--:|"
    for name, price in priced:
        yield from _rows(name, price)
    yield ""
    for name, price in priced:
        yield from _missing(name, price)
    sources = [line for name, price in priced for line in _sources(name, price)]
    yield from details("Where the figures come from", [*sources, f"- Not counted: {NOT_COUNTED}."])


def _rows(name: str, price: StackPrice) -> Iterator[str]:
    for currency in price.currencies:
        before, after = price.before(currency), price.after(currency)
        budget = f"{price.budget:,} {price.currency}" if price.budget and price.currency == currency else "–"
        over = " **over budget**" if price.over_budget() and price.currency == currency else ""
        if price.before_known:
            first, change = _money(before, currency), f"{after - before:+,} {currency}" if after != before else "0"
        else:
            first, change = UNKNOWN, UNKNOWN
        yield f"| `{name}` | {first} | {_money(after, currency)} | {change} | {budget}{over} |"
    if not price.currencies:
        yield f"| `{name}` | {UNKNOWN} | {UNKNOWN} | {UNKNOWN} | {f'{price.budget:,} {price.currency}' if price.budget else '–'} |"


def _missing(name: str, price: StackPrice) -> Iterator[str]:
    if price.unpriced:
        what = ", ".join(f"{cell(item.name)}: {_counts(item)}" for item in price.unpriced)
        yield f"`{name}`: **{PRICES} has no figure for** {what}. That is not in the sums."
        yield ""


def _sources(name: str, price: StackPrice) -> Iterator[str]:
    for item in price.items:
        if item.amount:
            stale = " **(stale)**" if item.stale else ""
            rate = f"{item.amount} {item.currency} {_PER[item.per]}"
            yield f"- `{name}`: {cell(item.name)}: {_counts(item)}, at {rate} ({cell(item.source)}; {item.date}){stale}"


def _counts(item: Priced) -> str:
    if item.before is None:
        return f"{item.after} (before: {UNKNOWN})"
    return str(item.after) if item.before == item.after else f"{item.before} → {item.after}"


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,} {currency}"
