"""What a stack goes through: made, left alone, changed, replaced, shrunk, destroyed."""

from __future__ import annotations

import json

from engine_bench import Bench, ops

CHAIN = """
a = Thing("a", {"colour": "red"})
b = Thing("b", {"of": a.size}, pulumi.ResourceOptions(depends_on=[a]))
pulumi.export("size", b.size)
"""


def test_creates_in_dependency_order_and_then_changes_nothing(bench: Bench) -> None:
    first = bench.up(CHAIN)
    assert ops(first) == {"create": ["a", "b"]}
    assert bench.world.calls == ["create a", "create b"]
    assert first.outputs == {"size": 1}
    before = bench.state_file.read_bytes()
    second = bench.up()
    assert ops(second) == {}
    assert bench.world.calls == ["create a", "create b"]
    assert bench.state_file.read_bytes() == before
    assert second.digest == first.digest


def test_a_preview_changes_nothing_and_tells_what_up_does(bench: Bench) -> None:
    assert ops(bench.preview(CHAIN)) == {"create": ["a", "b"]}
    assert bench.world.calls == []
    assert not bench.state_file.exists()


def test_updates_show_the_path_and_replaces_delete_first(bench: Bench) -> None:
    bench.up('Thing("a", {"colour": "red", "fixed": 1})')
    changed = bench.up('Thing("a", {"colour": "blue", "fixed": 1})')
    assert [step.diff for step in changed.steps if step.op == "update"] == [("colour: red → blue",)]
    replaced = bench.up('Thing("a", {"colour": "blue", "fixed": 2})')
    assert ops(replaced) == {"replace": ["a"]}
    assert bench.world.calls[-2:] == ["delete a", "create a"]


def test_what_the_program_drops_is_deleted_dependents_first(bench: Bench) -> None:
    bench.up(CHAIN)
    assert ops(bench.up("pass")) == {"delete": ["a", "b"]}
    assert bench.world.calls[-2:] == ["delete b", "delete a"]


def test_destroy_empties_world_and_state(bench: Bench) -> None:
    bench.up(CHAIN)
    bench.engine().destroy(bench.request, bench.lines.append)
    assert bench.world.things == {}
    latest = json.loads(bench.state_file.read_text())["checkpoint"]["latest"]
    assert latest["resources"] == []


def test_refresh_takes_drift_into_the_state_and_up_mends_it(bench: Bench) -> None:
    bench.up('Thing("a", {"colour": "red"})')
    (bench.world.folder / "a.json").write_text(json.dumps({**bench.world.things["a"], "colour": "green"}))
    drift = bench.engine().refresh(bench.request, bench.lines.append)
    assert [(step.op, step.diff) for step in drift.steps if step.diff] == [("refresh", ("colour: red → green",))]
    assert ops(bench.up()) == {"update": ["a"]}
    assert bench.world.things["a"]["colour"] == "red"


def test_refresh_drops_what_is_gone_and_up_makes_it_again(bench: Bench) -> None:
    bench.up('Thing("a", {})')
    (bench.world.folder / "a.json").unlink()
    assert ops(bench.engine().refresh(bench.request, bench.lines.append)) == {"delete": ["a"]}
    assert ops(bench.up()) == {"create": ["a"]}


def test_components_qualify_the_urns_of_their_children(bench: Bench) -> None:
    source = """
    g = Group("g")
    Thing("a", {}, pulumi.ResourceOptions(parent=g))
    g.register_outputs({"done": True})
    """
    outcome = bench.up(source)
    assert "urn:pulumi:dev::proj::my:index:Group$fake:index:Thing::a" in [step.urn for step in outcome.steps]
    assert ops(bench.up()) == {}


def test_options_ignore_changes_protect_retain_alias(bench: Bench) -> None:
    bench.up('Thing("a", {"colour": "red", "n": 1})')
    assert (
        ops(bench.up('Thing("a", {"colour": "blue", "n": 1}, pulumi.ResourceOptions(ignore_changes=["colour"]))')) == {}
    )
    renamed = 'Thing("z", {"colour": "red", "n": 1}, pulumi.ResourceOptions(aliases=[pulumi.Alias(name="a")]))'
    assert ops(bench.up(renamed)) == {}
    assert bench.world.calls == ["create a"]
    bench.up(renamed.replace("aliases", "retain_on_delete=True, aliases"))
    assert ops(bench.up("pass")) == {"delete": ["z"]}
    assert bench.world.calls == ["create a"]


def test_a_function_of_the_provider_answers(bench: Bench) -> None:
    outcome = bench.up('pulumi.export("echo", pulumi.runtime.invoke("fake:index:echo", {"n": 1}).value["echo"]["n"])')
    assert outcome.outputs == {"echo": 1}
