"""What a cloud's stack costs a month, before and after a change, by the fleet's own dated prices; nothing is guessed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from retailops.cloud.prices import HOURS_A_MONTH, Prices
from retailops.model.clouds import Budget

NOT_COUNTED = "the cluster itself, gateways, buckets, keys and traffic"
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Priced:
    """`before` and `after` are how many of one size there are, `before` None where nobody knows; `amount` "" where it has no rate."""

    kind: str
    size: str
    before: int | None
    after: int
    amount: str = ""
    currency: str = ""
    per: str = ""
    source: str = ""
    date: str = ""
    stale: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind} {self.size}"

    @property
    def monthly(self) -> Decimal:
        """Of one."""
        return Decimal(self.amount or 0) * (HOURS_A_MONTH if self.per == "hour" else 1)


@dataclass(frozen=True)
class StackPrice:
    """`budget` is what the cloud may cost a month in whole units of `currency`, 0 where it declares none."""

    items: tuple[Priced, ...]
    budget: int = 0
    currency: str = ""

    @property
    def currencies(self) -> tuple[str, ...]:
        return tuple(sorted({item.currency for item in self.items if item.amount}))

    @property
    def unpriced(self) -> tuple[Priced, ...]:
        return tuple(item for item in self.items if not item.amount)

    @property
    def before_known(self) -> bool:
        return all(item.before is not None for item in self.items)

    def before(self, currency: str) -> Decimal:
        return self._sum(currency, [item.before or 0 for item in self.items])

    def after(self, currency: str) -> Decimal:
        return self._sum(currency, [item.after for item in self.items])

    def over_budget(self) -> bool:
        return bool(self.budget) and self.after(self.currency) > self.budget

    def _sum(self, currency: str, counts: list[int]) -> Decimal:
        pairs = zip(self.items, counts, strict=True)
        return sum((item.monthly * n for item, n in pairs if item.currency == currency), Decimal(0)).quantize(_CENT)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> StackPrice:
        items = tuple(Priced(**item) for item in document["items"])
        return cls(items, document["budget"], document["currency"])


def sizes(values: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """(kind, size) -> how many, of what is paid by its size: a stack's configuration or its output `priced`, which say it alike."""
    found: dict[tuple[str, str], int] = {}
    machines = _object(values.get("machines")) or values
    if machines.get("machine"):
        found["node", str(machines["machine"])] = int(values.get("size") or machines.get("size") or 0)
    if database := _object(values.get("database")):
        found["database", str(database["size"])] = 1
        found["storage", "gib"] = int(database["storage_gib"])
    return found


def configured(config: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """The same of a stack's whole configuration, `project:key` -> text."""
    return sizes({key.partition(":")[2]: text for key, text in config.items() if not key.startswith("retailops:")})


def price(
    before: Mapping[tuple[str, str], int] | None,
    after: Mapping[tuple[str, str], int],
    prices: Prices | None,
    budget: Budget | None,
    today: date,
) -> StackPrice | None:
    """None for a stack in which nothing is paid by its size."""
    names = sorted({*(before or {}), *after})
    items = tuple(_priced(kind, size, before, after, prices, today) for kind, size in names)
    if not items:
        return None
    return StackPrice(items, budget.monthly, budget.currency) if budget else StackPrice(items)


def _priced(
    kind: str,
    size: str,
    before: Mapping[tuple[str, str], int] | None,
    after: Mapping[tuple[str, str], int],
    prices: Prices | None,
    today: date,
) -> Priced:
    counts = (None if before is None else before.get((kind, size), 0)), after.get((kind, size), 0)
    rate = prices.find(kind, size) if prices else None
    if rate is None or prices is None:
        return Priced(kind, size, *counts)
    shown = (str(rate.amount), rate.currency, rate.per, rate.source, rate.date.isoformat())
    return Priced(kind, size, *counts, *shown, prices.stale(rate, today))


def _object(value: Any) -> dict[str, Any]:
    found = json.loads(value) if isinstance(value, str) and value.startswith("{") else value
    return found if isinstance(found, dict) else {}
