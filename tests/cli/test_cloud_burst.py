"""`retailops cloud burst`: what a person reads before it costs anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]
PLAN = f"""\
double-twelve-2026, cloud public: 2026-12-10 to 2026-12-13, 96 h
  nodes     2 -> 4 (medium)
  replicas  4 -> 8
  price     2 nodes × 96 h × 1.50 CNY per hour (example figure, replace with your contract's; {date.today()})
            = 288.00 CNY
  start     how long the provider takes to give a node is not known: fill in nodeStarts of prices.yaml
"""


def test_plan_says_nodes_replicas_days_and_price(run: Run) -> None:
    result = run("cloud", "burst", "plan", "double-twelve-2026")
    assert (result.exit_code, result.output) == (0, PLAN)


def test_plan_is_json_for_a_tool(run: Run) -> None:
    found = json.loads(run("cloud", "burst", "plan", "double-twelve-2026", "--output", "json").stdout)
    assert (found["wanted"], found["cost"], found["rate"]["currency"]) == ({"nodes": 4, "replicas": 8}, "288.00", "CNY")


def test_a_published_node_start_is_shown_with_its_source(run: Run, chain: Path) -> None:
    file = chain / "prices.yaml"
    start = "[{provider: alibaba, least: 60, most: 90, source: page 7, date: 2026-11-01}]"
    file.write_text(file.read_text().replace("nodeStarts: []", f"nodeStarts: {start}"))
    assert (
        "  start     60-90 s a node at alibaba (page 7; 2026-11-01)\n"
        in run("cloud", "burst", "plan", "double-twelve-2026").output
    )


def test_a_promotion_that_is_none_or_has_no_forecast_ends_with_3(run: Run) -> None:
    wrong = run("cloud", "burst", "plan", "double-twelve-2025")
    assert wrong.exit_code == 3
    assert "did you mean double-twelve-2026?" in wrong.output
    bare = run("cloud", "burst", "plan", "june-18-2027")
    assert bare.exit_code == 3
    assert "promotion june-18-2027 has no forecast" in bare.output


def test_without_prices_there_is_no_plan(run: Run, chain: Path) -> None:
    (chain / "prices.yaml").unlink()
    result = run("cloud", "burst", "plan", "double-twelve-2026")
    assert result.exit_code == 3
    assert "prices.yaml" in result.output


def test_start_asks_before_it_costs_and_touches_nothing_without_an_answer(run: Run, chain: Path) -> None:
    result = run("cloud", "burst", "start", "double-twelve-2026")
    assert result.exit_code == 2
    assert "Scale public out for 288.00 CNY?" in result.output
    assert not (chain / ".retailops").exists()


def test_a_simulated_promotion_is_marked_and_leaves_the_real_record_alone(run: Run, chain: Path) -> None:
    started = run("--simulate", "cloud", "burst", "start", "double-twelve-2026", "--yes")
    assert (started.exit_code, started.output.splitlines()[6:8]) == (
        0,
        ["SIMULATED: stack public is up", "double-twelve-2026: 4 nodes, 8 replicas; every node answers (SIMULATED)"],
    )
    ended = json.loads(run("--simulate", "cloud", "burst", "end", "double-twelve-2026", "--yes", "-o", "json").stdout)
    assert (ended["state"], ended["simulated"], ended["proof"]["nodes"]) == ("ended", True, ["public-1", "public-2"])
    assert (chain / ".retailops/simulated/bursts/double-twelve-2026.json").is_file()
    assert not (chain / ".retailops/bursts").exists()


def test_a_usual_day_below_the_pool_s_minimum_is_refused(run: Run, chain: Path) -> None:
    file = chain / "fleet.yaml"
    file.write_text(file.read_text().replace("replicas: 4, nodes: 2, machine", "replicas: 4, nodes: 1, machine"))
    refused = run("cloud", "burst", "plan", "double-twelve-2026")
    assert refused.exit_code == 3
    assert "has 1 nodes on a usual day; the pool of cloud public begins at 2" in refused.output
