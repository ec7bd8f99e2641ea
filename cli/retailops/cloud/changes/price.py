"""The price of a cloud's stack in a plan: after by its configuration, before by the base's or by what the stack itself says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from retailops.cloud.catalog import WantedStack
from retailops.cloud.prices import Prices, load_prices
from retailops.cloud.promotion.scaling import standing
from retailops.cloud.stack import cloud_of
from retailops.cloud.stack_price import StackPrice, configured, price, sizes
from retailops.errors import FleetError
from retailops.model.chain import FleetFile

PRICED = "priced"
"""The output in which a stack says what of it is paid by its size."""


@dataclass(frozen=True)
class Pricing:
    """`bursts` is the folder of promotions under way: they make a stack larger than its configuration."""

    chain: FleetFile
    prices: Prices | None
    bursts: Path
    today: date

    @classmethod
    def of_fleet(cls, root: Path, chain: FleetFile, today: date) -> Pricing:
        return cls(chain, _prices(root), root / chain.state.path / "bursts", today)

    def since(self, stack: WantedStack, old: WantedStack | None) -> StackPrice | None:
        """Against the same stack of another revision, or against none."""
        return self._price(stack, configured(self._scaled(old)) if old else {})

    def of(self, stack: WantedStack, outputs: Mapping[str, Any]) -> StackPrice | None:
        """Against what the stack itself said when it was applied."""
        said = outputs.get(PRICED)
        return self._price(stack, sizes(said) if isinstance(said, dict) else None)

    def _price(self, stack: WantedStack, before: Mapping[tuple[str, str], int] | None) -> StackPrice | None:
        cloud = cloud_of(self.chain, stack.stack)
        assert cloud
        prices = Prices(self.prices.file, cloud.region) if self.prices else None
        return price(before, configured(self._scaled(stack)), prices, cloud.budget, self.today)

    def _scaled(self, stack: WantedStack) -> dict[str, str]:
        scaled = standing(self.bursts, stack.stack)
        return {**stack.config, **{f"{stack.project}:{key}": text for key, text in scaled.items()}}


def _prices(root: Path) -> Prices | None:
    """None where there is no prices.yaml: each figure is then said to be missing."""
    try:
        return load_prices(root)
    except FleetError:
        return None
