"""Where money is spent by the hour there is a budget, and all of a stack's come to no more than the fleet allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from retailops_stacks.policies.fleet_settings import PolicySettings
from retailops_stacks.policies.registered import Policy, Registered

CLUSTERS = {"lab:index:Cluster": "lab:index:Budget", "aws:eks/cluster:Cluster": "aws:budgets/budget:Budget"}
"""A managed cluster and the budget of the same provider. Alibaba Cloud's package has no budget to register."""

AMOUNTS = {"lab:index:Budget": ("monthly", "currency"), "aws:budgets/budget:Budget": ("limitAmount", "limitUnit")}
"""A budget's fields for what a month may cost."""


def _budgeted(resources: Sequence[Registered], settings: PolicySettings) -> Iterator[tuple[Registered, str]]:
    there = {item.kind for item in resources}
    for item in resources:
        budget = CLUSTERS.get(item.kind)
        if budget and budget not in there:
            yield item, f"stands in a region without a budget; register a {budget}"
    if settings.budget is not None:
        yield from _together(resources, settings.budget, settings.currency)


def _together(resources: Sequence[Registered], most: int, currency: str) -> Iterator[tuple[Registered, str]]:
    counted = [
        item for item in resources if item.kind in AMOUNTS and item.inputs.get("timeUnit", "MONTHLY") == "MONTHLY"
    ]
    total = Decimal(0)
    for item in counted:
        amount, unit = AMOUNTS[item.kind]
        if item.inputs.get(unit) != currency:
            yield item, f"is in {item.inputs.get(unit)}; the fleet's budget is in {currency}"
            continue
        total += _amount(item.inputs.get(amount))
    if total > most:
        yield counted[-1], f"brings this stack's budgets to {total} {currency} a month; the fleet allows {most}"


def _amount(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)


BUDGETS = Policy("budgets", "a bill must not be the first that is heard of it", "mandatory", survey=_budgeted)
