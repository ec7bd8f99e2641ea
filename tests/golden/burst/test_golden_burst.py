"""A promotion day, golden: forecast + days + price -> nodes, replicas, hours, cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from retailops.cloud.prices import Prices
from retailops.cloud.promotion.burst import decide
from retailops.errors import FleetError
from retailops.model.chain import Promotion
from retailops.model.clouds import Cloud
from retailops.model.price_file import PriceFile

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
KEYS = {"why", "from", "to", "forecast", "price", "today", "burst", "error"}
CLOUD = Cloud.model_validate(
    {
        "id": "public",
        "name": "Cloud",
        "kind": "public",
        "provider": "alibaba",
        "region": "cn-hangzhou",
        "nodePool": {"machine": "medium", "minimum": 1, "maximum": 12},
    }
)


def planned(case: dict[str, Any]) -> dict[str, Any]:
    price = {"kind": "node", "region": "cn-hangzhou", "currency": "CNY", "source": "contract 7", **case["price"]}
    prices = PriceFile.model_validate({"apiVersion": "retailops/v1", "kind": "Prices", "prices": [price]})
    days = {"id": "sale", "name": "Sale", "from": case["from"], "to": case["to"], "forecast": case.get("forecast")}
    burst = decide(Promotion.model_validate(days), CLOUD, Prices(prices, CLOUD.region), case["today"])
    return {
        "nodes": f"{burst.usual.nodes} -> {burst.wanted.nodes}",
        "replicas": f"{burst.usual.replicas} -> {burst.wanted.replicas}",
        "hours": burst.hours,
        "cost": f"{burst.cost} {burst.rate.currency}",
        "stale": burst.stale,
    }


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_golden_burst(file: Path) -> None:
    case = yaml.safe_load(file.read_text())
    assert file.read_text().startswith("why: ")
    assert case.keys() <= KEYS, case.keys() - KEYS
    if "error" in case:
        with pytest.raises(FleetError) as caught:
            planned(case)
        assert caught.value.message == case["error"]
    else:
        assert planned(case) == case["burst"]


def test_there_are_cases() -> None:
    assert len(CASES) >= 5
