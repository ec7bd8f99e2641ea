"""It reaches them in the stack's own configuration (`retailops` writes it there), so it is there whichever engine runs the program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PLACEMENT, BUDGET, REGION = "retailops:placement", "retailops:budget", "retailops:region"
KEYS = {
    PLACEMENT: "JSON: data class -> the public regions where such data may live; the fleet's `placement`.",
    REGION: "The stack's own region, for what names none.",
    BUDGET: "JSON: `monthly` and `currency`, what the fleet allows this stack.",
}


@dataclass(frozen=True)
class PolicySettings:
    """`placement` is data class -> regions where it may live, None where nobody declared any; `region` is the stack's own.

    `budget` is what the stack may cost a month in whole units of `currency`, None where nobody declared any.
    """

    placement: Mapping[str, tuple[str, ...]] | None = None
    budget: int | None = None
    currency: str = ""
    region: str = ""
    provider_regions: Mapping[str, str] = field(default_factory=dict)


def policy_settings(config: Mapping[str, str]) -> PolicySettings:
    """Out of a stack's configuration; a value that can't be read counts as the strictest."""
    budget = _object(config.get(BUDGET))
    monthly = budget.get("monthly", 0)
    return PolicySettings(
        placement=_placement(config),
        budget=(monthly if isinstance(monthly, int) else 0) if BUDGET in config else None,
        currency=str(budget.get("currency", "")),
        region=config.get(REGION, ""),
        provider_regions={
            key.removesuffix(":region"): value
            for key, value in config.items()
            if key.endswith(":region") and key != REGION
        },
    )


def _placement(config: Mapping[str, str]) -> dict[str, tuple[str, ...]] | None:
    if PLACEMENT not in config:
        return None
    return {
        key: tuple(map(str, regions))
        for key, regions in _object(config[PLACEMENT]).items()
        if isinstance(regions, list)
    }


def _object(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
