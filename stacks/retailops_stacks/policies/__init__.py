"""Policies over everything that a program registers: run in tests and before every `up`."""

from __future__ import annotations

from collections.abc import Iterable

from retailops_stacks.policies.admin_ports import ADMIN_PORTS
from retailops_stacks.policies.budgets import BUDGETS
from retailops_stacks.policies.data_regions import DATA_REGION, PAYMENT_REGION, PERSONAL_REGION
from retailops_stacks.policies.encryption import ENCRYPTION
from retailops_stacks.policies.exposure import EXPOSURE
from retailops_stacks.policies.fleet_settings import PolicySettings, policy_settings
from retailops_stacks.policies.images import IMAGES
from retailops_stacks.policies.ownership import LABELS
from retailops_stacks.policies.privileges import PRIVILEGES
from retailops_stacks.policies.registered import Policy, Registered, Violation, violations_of
from retailops_stacks.policies.sizes import LIMITS, REQUESTS

POLICIES = (
    LABELS,
    LIMITS,
    REQUESTS,
    IMAGES,
    PRIVILEGES,
    EXPOSURE,
    ADMIN_PORTS,
    ENCRYPTION,
    BUDGETS,
    PAYMENT_REGION,
    PERSONAL_REGION,
    DATA_REGION,
)

AUTHOR = "retailops"
"""Programs whose Pulumi.yaml names this author are ours, and these policies are theirs."""


def violations(
    resources: Iterable[Registered],
    policies: Iterable[Policy] | None = None,
    settings: PolicySettings | None = None,
) -> list[Violation]:
    """Everything that some policy objects to, in the order of the resources; without `settings` of the fleet nothing is declared."""
    return violations_of(POLICIES if policies is None else policies, resources, settings or PolicySettings())


__all__ = [
    "AUTHOR",
    "POLICIES",
    "Policy",
    "PolicySettings",
    "Registered",
    "Violation",
    "policy_settings",
    "violations",
]
