"""From a fleet repository's waivers.yaml to the waivers that a stack is run with."""

from __future__ import annotations

from pathlib import Path

from retailops.model import load_waivers
from retailops.ports import PolicyWaiver


def policy_waivers(root: Path) -> tuple[PolicyWaiver, ...]:
    """All of them, ended ones too; raises FleetError where the file is wrong."""
    return tuple(
        PolicyWaiver(
            waiver.policy,
            waiver.stack,
            waiver.resource,
            waiver.reason,
            waiver.requested_by,
            waiver.approved_by,
            waiver.until,
        )
        for waiver in load_waivers(root)
    )
