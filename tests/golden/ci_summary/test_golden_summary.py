"""The summary of a plan, golden: a plan -> the page that a reviewer reads, one Markdown file each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from retailops.cloud.changes.change import ChangePlan, Expiring, StackChange
from retailops.cloud.changes.summary import LIMIT, summary
from retailops.cloud.prices import Prices
from retailops.cloud.stack_price import StackPrice, price
from retailops.model.clouds import Budget
from retailops.model.price_file import Price, PriceFile
from retailops.ports import PolicyFinding

CASES = Path(__file__).parent / "cases"
DAY = date(2026, 11, 25)
FILE = PriceFile(
    api_version="retailops/v1",
    kind="Prices",
    prices=tuple(
        Price(
            kind=kind,
            size=size,
            region="cn-hangzhou",
            amount=Decimal(amount),
            currency="CNY",
            per=per,
            source="contract 2026-17",
            date=on,
        )
        for kind, size, amount, per, on in (
            ("node", "ecs.g7.xlarge", "1.50", "hour", DAY),
            ("database", "pg.n4.2c.2m", "900", "month", date(2026, 3, 1)),
        )
    ),
)
BEFORE = {("node", "ecs.g7.xlarge"): 2, ("database", "pg.n4.2c.2m"): 1, ("storage", "gib"): 100}
AFTER = {**BEFORE, ("node", "ecs.g7.xlarge"): 3}
ADVICE = PolicyFinding("requests", "advisory", "Deployment till", "has no cpu request for container till")
ROOT = PolicyFinding("privileges", "mandatory", "Deployment till", "runs container till as root", "edge/__main__.py:7")
WAIVED = replace(ROOT, until="2026-12-02", reason="old image", requested_by="li.na", approved_by="wang.wei")


def paid(before: dict[tuple[str, str], int] | None = BEFORE, budget: int = 80000) -> StackPrice | None:
    return price(before, AFTER, Prices(FILE, "cn-hangzhou"), Budget(monthly=budget), DAY)


def store(name: str, **changes: object) -> StackChange:
    urn = f"urn:pulumi:{name}::edge::retailops:edge:EdgeStore$kubernetes:"
    steps = (("update", f"{urn}apps/v1:Deployment::till"), ("create", f"{urn}core/v1:ConfigMap::{name}-lanes"))
    paths = (("spec.replicas", "spec.template.spec.containers[0].image"), ())
    made = StackChange("edge", name, "0" * 64, "changes", "", steps, paths=paths)
    return replace(made, **changes)  # type: ignore[arg-type]


def quiet(name: str, form: str, why: str) -> StackChange:
    return store(name, form=form, why=why, steps=(), paths=())


PUBLIC = StackChange(
    "public",
    "public",
    "1" * 64,
    "changes",
    steps=(("update", "urn:pulumi:public::public::retailops:public:Region$lab:index:NodePool::public"),),
    paths=(("size",),),
    price=paid(),
)
PLAN = ChangePlan("lanxing", "production", "pulumi v3.272.0", (), 987, (), day="2026-11-25")
PLANS = {
    "nothing": PLAN,
    "one-cloud": replace(PLAN, changes=(PUBLIC,), base="abcdef0123456789" * 2),
    "price-unknown": replace(PLAN, changes=(replace(PUBLIC, price=paid(None, budget=3000)),)),
    "price-file-missing": replace(
        PLAN, changes=(replace(PUBLIC, price=price(BEFORE, AFTER, None, Budget(monthly=5), DAY)),)
    ),
    "alike": replace(
        PLAN,
        changes=(
            *(store(f"hz{n:04}", policies=(ADVICE, WAIVED)) for n in range(1, 9)),
            quiet("bj0001", "deferred", "the cluster of bj0001 does not answer"),
            quiet("bj0002", "deferred", "the cluster of bj0002 does not answer"),
            store("cd0001", form="same", steps=(), paths=()),
        ),
        waiting=("edge/gz0001",),
        expiring=(Expiring("privileges", "hz*", "Deployment till", "2026-12-02"),),
    ),
    "refused": replace(
        PLAN,
        changes=(
            store("hz0001", form="refused", why="1 of the policies' demands are not met", policies=(ROOT, ADVICE)),
            store("hz0002", form="refused", why="1 of the policies' demands are not met", policies=(ROOT,)),
            quiet("hz0003", "failed", "the program failed\nTraceback | <script>\nValueError: no *lanes*"),
        ),
        base_fault="the fleet repository at main has 2 faults of its own",
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_golden_summary(name: str) -> None:
    assert summary(PLANS[name], 10) == (CASES / f"{name}.md").read_text("utf-8")


def test_every_case_is_used() -> None:
    assert {path.stem for path in CASES.glob("*.md")} == set(PLANS)


def test_a_plan_says_the_same_after_it_was_saved() -> None:
    for plan in PLANS.values():
        assert ChangePlan.from_json(plan.to_json()) == plan


def test_a_thousand_stores_alike_are_one_line() -> None:
    plan = replace(PLAN, changes=tuple(store(f"hz{n:04}", policies=(ADVICE,)) for n in range(1000)))
    text = summary(plan, 10)
    assert "| `edge/hz0000`, `edge/hz0001` and 998 alike | change | 1 create, 1 update |" in text
    assert "edge/hz0999" in text
    assert len(text) < 20_000


def test_a_thousand_that_all_differ_are_cut_and_counted() -> None:
    def odd(n: int) -> StackChange:
        why = f"the disk of node {n} is full " + "x" * 390
        finding = PolicyFinding("labels", "mandatory", f"Namespace n{n}", "lacks the labels " + "y" * 300)
        return (
            quiet(f"hz{n:04}", "refused" if n % 2 else "failed", why) if n % 3 else store(f"s{n}", policies=(finding,))
        )

    text = summary(replace(PLAN, changes=tuple(odd(n) for n in range(1000))), 10)
    assert len(text) <= LIMIT
    assert "kinds of change: the plan file has them" in text
    assert "more: the plan file has them" in text
    assert text.count("<details>") == text.count("</details>")
    assert text.rstrip().splitlines()[-1].startswith("Engine: ")
