"""What things cost, out of the fleet repository's own dated file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from retailops.errors import FleetError
from retailops.model.load import load_price_file
from retailops.model.price_file import PRICES, NodeStart, PriceFile

HOURS_A_MONTH = 730


@dataclass(frozen=True)
class Rate:
    """One figure: `amount` of `currency` `per` hour or month, from `source` as it was on `date`."""

    amount: Decimal
    currency: str
    per: str
    source: str
    date: date

    @property
    def hourly(self) -> Decimal:
        return self.amount if self.per == "hour" else self.amount / HOURS_A_MONTH

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} per {self.per} ({self.source}; {self.date})"


@dataclass(frozen=True)
class Prices:
    """The figures of one region, or of any where `region` is None."""

    file: PriceFile
    region: str | None = None

    def rate(self, kind: str, size: str) -> Rate:
        """Raises `FleetError` that names the missing line."""
        if found := self.find(kind, size):
            return found
        where = f", region: {self.region}" if self.region else ""
        raise FleetError(
            f"{PRICES} has no price for {{kind: {kind}, size: {size}{where}}}",
            resolution=f"Add that line to {PRICES}, with its source and date.",
        )

    def find(self, kind: str, size: str) -> Rate | None:
        """The first figure that fits."""
        for each in self.file.prices:
            if (each.kind, each.size) == (kind, size) and self.region in (None, each.region):
                return Rate(each.amount, each.currency, each.per, each.source, each.date)
        return None

    def stale(self, rate: Rate, today: date) -> bool:
        return rate.date + timedelta(days=self.file.stale_after_days) < today

    def node_start(self, provider: str) -> NodeStart | None:
        """What somebody published of the provider; None where the file says nothing."""
        return next((each for each in self.file.node_starts if each.provider == provider), None)


def load_prices(root: Path, region: str | None = None) -> Prices:
    """Raises `FleetError` where prices.yaml is missing or wrong."""
    return Prices(load_price_file(root), region)
