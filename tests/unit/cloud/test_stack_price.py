"""What a cloud's stack costs: its sizes out of configuration or outputs, before and after, by currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from retailops.cloud.catalog import all_stacks
from retailops.cloud.changes.price import Pricing
from retailops.cloud.prices import Prices
from retailops.cloud.stack_price import configured, price, sizes
from retailops.model import load_chain
from retailops.model.price_file import Price, PriceFile
from retailops.model.sample.write import write_sample
from retailops_stacks.clouds.public import region_args

DAY = date(2026, 11, 25)


def line(size: str, amount: str, currency: str = "CNY", per: str = "hour", region: str = "cn") -> Price:
    return Price(
        kind="node",
        size=size,
        region=region,
        amount=Decimal(amount),
        currency=currency,
        per=per,  # type: ignore[arg-type]
        source="s",
        date=DAY,
    )


def prices(*lines: Price) -> Prices:
    return Prices(PriceFile(api_version="retailops/v1", kind="Prices", prices=lines), "cn")


def test_an_hour_is_730th_of_a_month() -> None:
    made = price({("node", "m"): 1}, {("node", "m"): 3}, prices(line("m", "0.5")), None, DAY)
    assert made
    assert (made.before("CNY"), made.after("CNY")) == (Decimal("365.00"), Decimal("1095.00"))


def test_another_regions_figure_is_none() -> None:
    made = price({}, {("node", "m"): 1}, prices(line("m", "1", region="us")), None, DAY)
    assert made
    assert [item.name for item in made.unpriced] == ["node m"]
    assert made.currencies == ()


def test_currencies_are_not_added_up() -> None:
    made = price(
        {},
        {("node", "a"): 1, ("node", "b"): 1},
        prices(line("a", "1", per="month"), line("b", "2", "USD", "month")),
        None,
        DAY,
    )
    assert made
    assert {each: made.after(each) for each in made.currencies} == {"CNY": Decimal("1.00"), "USD": Decimal("2.00")}


def test_a_size_that_goes_still_counts_before() -> None:
    made = price({("node", "old"): 2}, {}, prices(line("old", "10", per="month")), None, DAY)
    assert made
    assert (made.before("CNY"), made.after("CNY")) == (Decimal("20.00"), Decimal("0.00"))


def test_nothing_that_is_paid_by_its_size_has_no_price() -> None:
    assert price({}, {}, prices(), None, DAY) is None
    assert sizes({}) == {}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_sample(tmp_path / "chain", 1)
    return tmp_path / "chain"


def test_the_configuration_and_the_stacks_own_output_say_the_same(root: Path) -> None:
    public = next(stack for stack in all_stacks(root) if stack.project == "public")
    said = region_args(lambda key: public.config.get(f"public:{key}")).priced
    assert sizes(said) == configured(public.config)
    assert configured(public.config) == {
        ("node", "ecs.g7.xlarge"): 2,
        ("database", "pg.n4.2c.2m"): 1,
        ("storage", "gib"): 100,
    }


def test_a_private_cloud_pays_for_its_machines() -> None:
    config = {"private:machines": '{"machine":"4x16","size":3}', "private:cloud": "private"}
    assert configured(config) == {("node", "4x16"): 3}


def test_a_promotion_under_way_counts_on_both_sides(root: Path) -> None:
    pricing = Pricing.of_fleet(root, load_chain(root), DAY)
    public = next(stack for stack in all_stacks(root) if stack.project == "public")
    pricing.bursts.mkdir(parents=True)
    (pricing.bursts / "sale.json").write_text(
        '{"event": "sale", "cloud": "public", "stack": "public", "state": "started", "nodes": 9, "replicas": 8, "attempt": 1}'
    )
    made = pricing.since(public, public)
    assert made
    assert {(item.before, item.after) for item in made.items if item.kind == "node"} == {(9, 9)}


@pytest.mark.parametrize("outputs", [{}, {"priced": "[secret]"}])
def test_a_stack_that_does_not_say_is_not_known(root: Path, outputs: dict[str, object]) -> None:
    public = next(stack for stack in all_stacks(root) if stack.project == "public")
    made = Pricing.of_fleet(root, load_chain(root), DAY).of(public, outputs)
    assert made
    assert not made.before_known


def test_without_prices_everything_is_said_to_be_missing(root: Path) -> None:
    (root / "prices.yaml").unlink()
    public = next(stack for stack in all_stacks(root) if stack.project == "public")
    made = Pricing.of_fleet(root, load_chain(root), DAY).since(public, None)
    assert made
    assert len(made.unpriced) == 3
