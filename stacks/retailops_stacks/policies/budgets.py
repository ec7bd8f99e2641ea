"""Where money is spent by the hour there is a budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retailops_stacks.policies.registered import Policy, Registered

CLUSTERS = {"lab:index:Cluster": "lab:index:Budget", "aws:eks/cluster:Cluster": "aws:budgets/budget:Budget"}
"""A managed cluster and the budget of the same provider. Alibaba Cloud's package has no budget to register."""


def _budgeted(resources: Sequence[Registered]) -> Iterator[tuple[Registered, str]]:
    there = {item.kind for item in resources}
    for item in resources:
        budget = CLUSTERS.get(item.kind)
        if budget and budget not in there:
            yield item, f"stands in a region without a budget; register a {budget}"


BUDGETS = Policy("budgets", "a bill must not be the first that is heard of it", "mandatory", survey=_budgeted)
