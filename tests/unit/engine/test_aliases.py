"""Things that move to another URN: never made again, never deleted."""

from __future__ import annotations

import json

import pytest
from engine_bench import Bench, ops

from retailops.errors import RetailopsError

BEFORE = """
g = Group("g")
a = Thing("g-a", {"n": 1}, pulumi.ResourceOptions(parent=g))
Thing("b", {"n": a.size}, pulumi.ResourceOptions(parent=a, depends_on=[a]))
"""
MOVES = {
    "the parent has another name, its children follow": BEFORE.replace(
        'Group("g")', 'Group("h", None, pulumi.ResourceOptions(aliases=[pulumi.Alias(name="g")]))'
    ).replace('"g-a"', '"h-a"'),
    "out of the component": """
old = "urn:pulumi:dev::proj::my:index:Group::g"
a = Thing("g-a", {"n": 1}, pulumi.ResourceOptions(aliases=[pulumi.Alias(parent=old)]))
Thing("b", {"n": a.size}, pulumi.ResourceOptions(parent=a, depends_on=[a]))
""",
    "another type of component": BEFORE.replace(
        "g = Group", 'class Team(pulumi.ComponentResource): pass\ng = Team("my:index:Team", "g", None, '
    ).replace('None, ("g")', 'None, pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="my:index:Group")]))'),
    "a whole urn": """
a = Thing("x", {"n": 1}, pulumi.ResourceOptions(aliases=["urn:pulumi:dev::proj::my:index:Group$fake:index:Thing::g-a"]))
Thing("b", {"n": a.size}, pulumi.ResourceOptions(parent=a, depends_on=[a]))
""",
}


@pytest.mark.parametrize("after", MOVES.values(), ids=MOVES.keys())
def test_a_move_touches_nothing_and_happens_once(bench: Bench, after: str) -> None:
    bench.up(BEFORE)
    assert ops(bench.preview(after)) == {}
    assert ops(bench.up()) == {}
    assert bench.world.calls == ["create g-a", "create b"]
    assert sum(item.get("id") in ("g-a", "b") for item in _resources(bench)) == 2
    assert ops(bench.up()) == {}
    assert bench.world.calls == ["create g-a", "create b"]


def test_into_a_component_from_the_top(bench: Bench) -> None:
    bench.up('Thing("a", {})')
    moved = 'Thing("a", {}, pulumi.ResourceOptions(parent=Group("g"), aliases=[pulumi.Alias(parent=None)]))'
    assert "delete" not in ops(bench.up(moved))
    assert bench.world.calls == ["create a"]


def test_from_another_project_and_stack(bench: Bench) -> None:
    bench.up('Thing("a", {})')
    text = bench.state_file.read_text().replace("::proj::fake:index:Thing::a", "::old::fake:index:Thing::a")
    bench.state_file.write_text(text)
    assert ops(bench.up('Thing("a", {}, pulumi.ResourceOptions(aliases=[pulumi.Alias(project="old")]))')) == {}
    assert bench.world.calls == ["create a"]


def test_a_move_that_fails_midway_leaves_a_state_whose_names_are_all_there(bench: Bench) -> None:
    bench.up(BEFORE)
    failing = MOVES["the parent has another name, its children follow"].replace('"n": 1', '"n": 2, "boom": True')
    with pytest.raises(RetailopsError, match="went boom"):
        bench.up(failing)
    resources = _resources(bench)
    known = {item["urn"] for item in resources}
    named = {urn for item in resources for urn in (item.get("parent"), *item.get("dependencies", ())) if urn}
    assert named <= known
    bench.up(failing.replace(', "boom": True', ""))
    assert bench.world.calls == ["create g-a", "create b", "update h-a", "update h-a"]


def _resources(bench: Bench) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(bench.state_file.read_text())["checkpoint"]["latest"]["resources"]
    return found
