"""prices.yaml: what a cloud's machines cost, each figure with its source and its date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from annotated_types import Ge
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from retailops.model.parsing import Loc
from retailops.model.values import Date, FreeText, Id, Integer, Misplaced, Name, Part, shown

PRICES = "prices.yaml"
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?")


def _amount(value: Any) -> Any:
    if isinstance(value, str) and not _AMOUNT.fullmatch(value):
        raise ValueError(f"{shown(value)} is no amount (1.25)")
    return value


Amount = Annotated[Decimal, BeforeValidator(_amount), WithJsonSchema({"type": "number", "minimum": 0})]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Seconds = Annotated[Integer, Ge(1)]


class Price(Part):
    """One figure: a `size` of a `kind` (`node`) in a region."""

    kind: Id
    size: Name
    region: Name
    amount: Amount
    currency: Currency
    per: Literal["hour", "month"]
    source: FreeText
    date: Date


class NodeStart(Part):
    """How long a provider takes to give a node, as somebody has published it."""

    provider: Name
    least: Seconds
    most: Seconds
    source: FreeText
    date: Date

    @model_validator(mode="after")
    def _order(self) -> NodeStart:
        if self.most < self.least:
            raise Misplaced("is less than least", "most")
        return self


class PriceFile(Part):
    """Figures that people keep up to date; none of them is known to the tool itself."""

    api_version: Literal["retailops/v1"]
    kind: Literal["Prices"]
    stale_after_days: Annotated[Integer, Ge(1)] = 90
    prices: tuple[Price, ...] = ()
    node_starts: tuple[NodeStart, ...] = ()


def price_faults(file: PriceFile) -> Iterator[tuple[Loc, str]]:
    """A figure that stands there twice."""
    seen: set[tuple[str, str, str]] = set()
    for place, price in enumerate(file.prices):
        if (key := (price.kind, price.size, price.region)) in seen:
            yield ("prices", place), f"{price.kind} {price.size} in {price.region} has a price already"
        seen.add(key)


def price_warnings(file: PriceFile, today: date) -> Iterator[tuple[Loc, str]]:
    """Figures that are older than `staleAfterDays`."""
    for place, price in enumerate(file.prices):
        if price.date + timedelta(days=file.stale_after_days) < today:
            yield ("prices", place, "date"), f"{price.kind} {price.size}: the price of {price.date} is stale"
