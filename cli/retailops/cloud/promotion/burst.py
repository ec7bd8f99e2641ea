"""A promotion day: how many nodes and replicas the forecast asks for, for how long, at what price. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from retailops.cloud.prices import Prices, Rate
from retailops.errors import FleetError
from retailops.model.chain import Promotion
from retailops.model.clouds import Cloud
from retailops.model.price_file import NodeStart


@dataclass(frozen=True)
class Scale:
    """How much of a stack there is."""

    nodes: int
    replicas: int

    def __str__(self) -> str:
        return f"{self.nodes} nodes, {self.replicas} replicas"


@dataclass(frozen=True)
class Burst:
    """From `first` to `last`, both whole days; `cost` is what the added nodes cost for `hours`. `start` is published, or None."""

    event: str
    cloud: str
    first: date
    last: date
    usual: Scale
    wanted: Scale
    machine: str
    rate: Rate
    stale: bool
    hours: int
    cost: Decimal
    start: NodeStart | None

    @property
    def added(self) -> int:
        return self.wanted.nodes - self.usual.nodes


def decide(promotion: Promotion, cloud: Cloud, prices: Prices, today: date) -> Burst:
    """Raises `FleetError` for a promotion without forecast, or a machine without price."""
    forecast = promotion.forecast
    if forecast is None:
        raise FleetError(
            f"promotion {promotion.id} has no forecast",
            resolution="Add one to it in fleet.yaml (retailops schema fleet).",
        )
    if cloud.node_pool and forecast.nodes < cloud.node_pool.minimum:
        raise FleetError(
            f"promotion {promotion.id} has {forecast.nodes} nodes on a usual day; the pool of cloud {cloud.id} begins at "
            f"{cloud.node_pool.minimum}",
            resolution="Say the same in both: forecast.nodes of the promotion, and nodePool.minimum of the cloud, in fleet.yaml.",
        )
    replicas = max(forecast.replicas, -(-forecast.peak // forecast.per_replica))
    wanted = Scale(max(forecast.nodes, -(-replicas // forecast.replicas_per_node)), replicas)
    if cloud.node_pool and wanted.nodes > cloud.node_pool.maximum:
        raise FleetError(
            f"promotion {promotion.id} needs {wanted.nodes} nodes; the pool of cloud {cloud.id} ends at {cloud.node_pool.maximum}",
            resolution="Raise nodePool.maximum of the cloud in fleet.yaml, and your quota at the provider.",
        )
    usual = Scale(forecast.nodes, forecast.replicas)
    hours = ((promotion.last - promotion.first).days + 1) * 24
    rate = prices.rate("node", forecast.machine)
    return Burst(
        event=promotion.id,
        cloud=cloud.id,
        first=promotion.first,
        last=promotion.last,
        usual=usual,
        wanted=wanted,
        machine=forecast.machine,
        rate=rate,
        stale=prices.stale(rate, today),
        hours=hours,
        cost=((wanted.nodes - usual.nodes) * hours * rate.hourly).quantize(Decimal("0.01")),
        start=prices.node_start(cloud.provider),
    )
