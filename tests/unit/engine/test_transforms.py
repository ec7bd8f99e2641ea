"""Transforms of resources and of function calls: their order, what they may change, and what goes wrong in them."""

from __future__ import annotations

import json

import pytest
from engine_bench import Bench, ops

from retailops.engine.lacking import Lacking
from retailops.errors import RetailopsError

MARK = """
def mark(word):
    def transform(args):
        if args.type_ != "fake:index:Thing":
            return None
        return pulumi.ResourceTransformResult({**args.props, "seen": [*args.props.get("seen", []), word]}, args.opts)
    return transform
"""


def state(bench: Bench, name: str) -> dict[str, object]:
    resources = json.loads(bench.state_file.read_text())["checkpoint"]["latest"]["resources"]
    found: dict[str, object] = next(item for item in resources if item["urn"].endswith(f"::{name}"))
    return found


def unsealed(resource: dict[str, object]) -> dict[str, object]:
    """Without what is encrypted anew by each write."""
    return {key: value for key, value in resource.items() if key not in ("inputs", "outputs", "modified")}


def test_its_own_come_first_then_the_parents_from_the_nearest_on_then_the_stacks(bench: Bench) -> None:
    program = MARK + (
        'pulumi.runtime.register_resource_transform(mark("stack 1"))\n'
        'pulumi.runtime.register_resource_transform(mark("stack 2"))\n'
        'far = Group("far", {}, pulumi.ResourceOptions(transforms=[mark("far")]))\n'
        'near = Group("near", {}, pulumi.ResourceOptions(parent=far, transforms=[mark("near 1"), mark("near 2")]))\n'
        'Thing("a", {}, pulumi.ResourceOptions(parent=near, transforms=[mark("own")]))\n'
        'Thing("b")\n'
    )
    bench.up(program)
    assert bench.world.things["a"]["seen"] == ["own", "near 1", "near 2", "far", "stack 1", "stack 2"]
    assert bench.world.things["b"]["seen"] == ["stack 1", "stack 2"]
    assert ops(bench.up()) == {}


def test_a_transform_changes_options(bench: Bench) -> None:
    bench.up(
        "def hold(args):\n"
        '    changed = pulumi.ResourceOptions(protect=True, ignore_changes=["n"], retain_on_delete=True, depends_on=[b],\n'
        '        custom_timeouts=pulumi.CustomTimeouts(create="5m"), additional_secret_outputs=["token"])\n'
        "    return pulumi.ResourceTransformResult(args.props, pulumi.ResourceOptions.merge(args.opts, changed))\n"
        'b = Thing("b")\n'
        'Thing("a", {"n": 1}, pulumi.ResourceOptions(transforms=[hold]))\n'
    )
    kept = state(bench, "a")
    assert kept["protect"] is True
    assert kept["retainOnDelete"] is True
    assert kept["ignoreChanges"] == ["n"]
    assert kept["customTimeouts"] == {"create": 300.0}
    assert kept["additionalSecretOutputs"] == ["token"]
    assert [urn.rsplit("::", 1)[-1] for urn in kept["dependencies"]] == ["b"]  # type: ignore[attr-defined]
    with pytest.raises(RetailopsError, match="protected and would be deleted"):
        bench.up("pass")


def test_one_that_changes_nothing_loses_nothing(bench: Bench) -> None:
    program = (
        'b = Thing("b")\n'
        "options = dict(delete_before_replace=True, aliases=[pulumi.Alias(name='was')], depends_on=[b])\n"
        'Thing("a", {"of": b.size, "deep": {"s": [pulumi.Output.secret("hush")]}, "n": 1.5},\n'
        "      pulumi.ResourceOptions(**options%s))\n"
    )
    bench.up(program % "")
    before = state(bench, "a")
    for transform in ("lambda args: None", "lambda args: pulumi.ResourceTransformResult(args.props, args.opts)"):
        assert ops(bench.preview(program % f", transforms=[{transform}]")) == {}
        assert ops(bench.up()) == {}
        assert unsealed(state(bench, "a")) == unsealed(before)
        assert "hush" not in bench.state_file.read_text()


def test_unknowns_and_secrets_reach_a_transform_as_outputs(bench: Bench) -> None:
    bench.up(
        "def double(args):\n"
        '    of = args.props["of"].apply(lambda size: size * 2)\n'
        '    word = args.props["word"].apply(lambda word: word.upper())\n'
        '    return pulumi.ResourceTransformResult({**args.props, "of": of, "word": word}, args.opts)\n'
        'b = Thing("b", {"x": 1, "y": 2})\n'
        'Thing("a", {"of": b.size, "word": pulumi.Output.secret("hush")}, pulumi.ResourceOptions(transforms=[double]))\n'
    )
    assert bench.world.things["a"]["of"] == 4
    assert bench.world.things["a"]["word"] == "HUSH"
    assert "HUSH" not in bench.state_file.read_text()
    assert [urn.rsplit("::", 1)[-1] for urn in state(bench, "a")["dependencies"]] == ["b"]  # type: ignore[attr-defined]


def test_a_coroutine_may_be_a_transform(bench: Bench) -> None:
    bench.up(
        "import asyncio\n"
        "async def late(args):\n"
        "    await asyncio.sleep(0)\n"
        '    return pulumi.ResourceTransformResult({**args.props, "late": True}, args.opts)\n'
        'Thing("a", {}, pulumi.ResourceOptions(transforms=[late]))\n'
    )
    assert bench.world.things["a"]["late"] is True


def test_one_that_raises_is_the_error_and_nothing_is_made(bench: Bench) -> None:
    with pytest.raises(RetailopsError) as caught:
        bench.up(
            "def refuse(args):\n"
            '    raise ValueError("no till without a label")\n'
            'Thing("b")\n'
            'Thing("a", {}, pulumi.ResourceOptions(transforms=[refuse]))\n'
        )
    assert caught.value.message == "a transform of index:Thing a failed: no till without a label"
    assert "__main__.py" in (caught.value.details or "")
    assert bench.world.calls == []


def test_one_that_never_answers_ends_with_the_program(bench: Bench) -> None:
    with pytest.raises(RetailopsError) as caught:
        bench.up(
            'import time\nThing("a", {}, pulumi.ResourceOptions(transforms=[lambda args: time.sleep(600)]))\n',
            patience=1.0,
        )
    assert "did nothing for 1 s" in (caught.value.details or "")
    assert bench.world.calls == []


def test_many_at_once_do_not_wait_for_each_other_for_ever(bench: Bench) -> None:
    bench.up(
        MARK
        + 'pulumi.runtime.register_resource_transform(mark("stack"))\n'
        + 'group = Group("group", {}, pulumi.ResourceOptions(transforms=[mark("group")]))\n'
        + "for number in range(150):\n"
        + '    Thing(f"t{number}", {}, pulumi.ResourceOptions(parent=group, transforms=[mark("own")]))\n'
    )
    assert len(bench.world.things) == 150
    assert all(thing["seen"] == ["own", "group", "stack"] for thing in bench.world.things.values())


def test_an_invoke_transform_changes_the_arguments(bench: Bench) -> None:
    bench.up(
        "def louder(args):\n"
        '    return pulumi.InvokeTransformResult({**args.args, "word": args.args["word"] + "!"}, args.opts)\n'
        "pulumi.runtime.register_invoke_transform(louder)\n"
        "pulumi.runtime.register_invoke_transform(lambda args: None)\n"
        'now = pulumi.runtime.invoke("fake:index:echo", {"word": "plain"}).value["echo"]["word"]\n'
        'later = pulumi.runtime.invoke_output("fake:index:echo", {"word": "output"}).apply(lambda got: got["echo"]["word"])\n'
        'Thing("a", {"now": now, "later": later})\n'
    )
    assert bench.world.things["a"]["now"] == "plain!"
    assert bench.world.things["a"]["later"] == "output!"


def test_an_invoke_transform_that_raises_is_the_error(bench: Bench) -> None:
    with pytest.raises(RetailopsError, match="a transform of the function fake:index:echo failed: not so loud"):
        bench.up(
            "def refuse(args):\n"
            '    raise ValueError("not so loud")\n'
            "pulumi.runtime.register_invoke_transform(refuse)\n"
            'Thing("a", {"word": pulumi.runtime.invoke_output("fake:index:echo", {"word": "x"})})\n'
        )
    assert bench.world.calls == []


def test_a_remote_component_under_a_transform_is_named_as_lacking(bench: Bench) -> None:
    with pytest.raises(Lacking, match="transforms of a remote component's children"):
        bench.up(
            "pulumi.runtime.register_resource_transform(lambda args: None)\n"
            "class R(pulumi.ComponentResource): pass\n"
            'R("fake:index:Remote", "rem", {}, None, True)\nThing("a")\n'
        )
    assert bench.world.calls == []
