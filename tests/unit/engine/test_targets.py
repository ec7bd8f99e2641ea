"""`--target`, `--target-dependents`, `--replace`: only what is named is touched, everything else keeps its old state."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from engine_bench import Bench, ops

from retailops.engine.session import Outcome
from retailops.engine.targeting import Targets, named
from retailops.errors import RetailopsError, UsageError

URN = "urn:pulumi:dev::proj::fake:index:Thing::"
ONE = 'a = Thing("a", {"n": 1})\nb = Thing("b", {"n": 1, "of": a.size})\nThing("c", {"n": 1})\npulumi.export("n", 1)\n'
TWO = ONE.replace('"n": 1', '"n": 2').replace('"n", 1', '"n", 2')


def only(*names: str, **more: object) -> Targets:
    return Targets(names, **more)  # type: ignore[arg-type]


def inputs(bench: Bench) -> dict[str, int]:
    latest = json.loads(bench.state_file.read_text())["checkpoint"]["latest"]
    return {
        item["urn"].rsplit("::", 1)[-1]: item["inputs"]["n"]
        for item in latest["resources"]
        if item.get("id", "-") in "abc"
    }


def destroy(bench: Bench, targets: Targets) -> Outcome:
    return bench.engine().destroy(replace(bench.request, targets=targets), bench.lines.append)


@pytest.mark.parametrize(
    ("pattern", "hit"),
    [
        (URN + "a", True),
        ("a", True),
        ("fake:index:Thing::a", True),
        ("fake:index:*::a", True),
        ("urn:pulumi:dev::proj::**::a", True),
        ("urn:pulumi:dev::*::a", False),
        ("**Thing**", True),
        ("b", False),
        ("*", True),
        ("index:Thing::a", False),
    ],
)
def test_what_a_target_names(pattern: str, hit: bool) -> None:
    assert named(pattern, URN + "a") is hit


def test_what_is_no_target_keeps_its_old_state_and_the_outputs_theirs(bench: Bench) -> None:
    bench.up(ONE)
    assert ops(bench.preview(TWO, targets=only("c"))) == {"update": ["c"]}
    done = bench.up(TWO, targets=only(URN + "c"))
    assert ops(done) == {"update": ["c"]}
    assert done.outputs == {"n": 1}
    assert inputs(bench) == {"a": 1, "b": 1, "c": 2}
    assert ops(bench.up(TWO)) == {"update": ["a", "b"]}


def test_dependents_come_along_only_when_asked(bench: Bench) -> None:
    bench.up(ONE)
    assert ops(bench.preview(TWO, targets=only("a"))) == {"update": ["a"]}
    assert ops(bench.up(TWO, targets=only("a", dependents=True))) == {"update": ["a", "b"]}
    assert inputs(bench) == {"a": 2, "b": 2, "c": 1}


def test_what_is_new_and_no_target_is_left_out_and_told(bench: Bench) -> None:
    assert ops(bench.up(ONE, targets=only("c"))) == {"create": ["c"]}
    assert list(bench.world.things) == ["c"]
    assert bench.lines.count("left out, no target: index:Thing a") == 1
    assert ops(bench.up(ONE)) == {"create": ["a", "b"]}


@pytest.mark.parametrize("second", ['Thing("b", {"of": a.size})', 'Thing("b", {}, pulumi.ResourceOptions(parent=a))'])
def test_a_target_that_needs_what_is_new_and_no_target_is_refused_with_nothing_made(bench: Bench, second: str) -> None:
    with pytest.raises(RetailopsError, match="Thing b needs index:Thing a, which is new and no target"):
        bench.up(f'a = Thing("a")\n{second}', targets=only("b"))
    assert bench.world.calls == []


def test_nothing_but_targets_is_deleted(bench: Bench) -> None:
    bench.up(ONE)
    assert ops(bench.up('Thing("d")', targets=only("d"))) == {"create": ["d"]}
    assert ops(bench.up('Thing("d")', targets=only("c"))) == {"delete": ["c"]}
    assert list(bench.world.things) == ["a", "b", "d"]


def test_what_something_else_needs_is_not_deleted(bench: Bench) -> None:
    bench.up(ONE)
    with pytest.raises(RetailopsError, match="Thing b needs index:Thing a, which would be deleted"):
        bench.up("pass", targets=only("a"))
    with pytest.raises(RetailopsError, match="Thing b needs index:Thing a, which would be deleted"):
        destroy(bench, only("a"))
    assert list(bench.world.things) == ["a", "b", "c"]
    assert ops(destroy(bench, only("a", dependents=True))) == {"delete": ["a", "b"]}
    assert list(bench.world.things) == ["c"]
    assert ops(bench.preview(ONE)) == {"create": ["a", "b"]}


@pytest.mark.parametrize("verb", ["up", "preview", "refresh", "destroy"])
def test_a_target_that_is_nowhere_is_an_error_before_anything_changes(bench: Bench, verb: str) -> None:
    bench.up(ONE)
    bench.write(TWO)
    before, calls = bench.state_file.read_bytes(), bench.world.calls
    with pytest.raises(UsageError) as caught:
        getattr(bench.engine(), verb)(replace(bench.request, targets=only("bb")), bench.lines.append)
    assert caught.value.message == "stack dev has no bb, neither in its program nor in its state"
    assert caught.value.resolution == "Did you mean b?"
    assert bench.state_file.read_bytes() == before
    assert bench.world.calls == calls


def test_a_short_name_of_two_resources_is_refused(bench: Bench) -> None:
    with pytest.raises(UsageError, match="x names 2 resources") as caught:
        bench.up('Thing("x")\nThing("x", kind="Other")', targets=only("x"))
    assert caught.value.details == "urn:pulumi:dev::proj::fake:index:Other::x\n" + URN + "x"
    assert ops(bench.up(targets=only("fake:index:Other::x"))) == {"create": ["x"]}


def test_components_and_their_children(bench: Bench) -> None:
    source = 'g = Group("g")\nThing("in", {"n": 1}, pulumi.ResourceOptions(parent=g))\nThing("out", {"n": 1})'
    with pytest.raises(RetailopsError, match="Thing in needs index:Group g"):
        bench.up(source, targets=only("in"))
    assert ops(bench.up(source, targets=only("g", dependents=True))) == {"create": ["g", "in"]}
    changed = source.replace('"n": 1', '"n": 2')
    assert ops(bench.up(changed, targets=only("urn:**$fake:index:Thing::in"))) == {"update": ["in"]}


def test_refresh_looks_at_targets_only(bench: Bench) -> None:
    bench.up(ONE)
    for name in "abc":
        (bench.world.folder / f"{name}.json").unlink()
    done = bench.engine().refresh(replace(bench.request, targets=only("c")), bench.lines.append)
    assert ops(done) == {"delete": ["c"]}
    assert ops(bench.up(ONE, refresh=True, targets=only("a"))) == {"create": ["a"]}


def test_replace_replaces_what_has_not_changed(bench: Bench) -> None:
    bench.up(ONE)
    assert ops(bench.preview(targets=Targets(replace=("a",)))) == {"replace": ["a"], "update": ["b"]}
    assert ops(bench.up(TWO, targets=Targets(replace=("a",)))) == {"replace": ["a"], "update": ["b", "c"]}
    assert ops(bench.up(TWO, targets=Targets(("c",), replace=("c",)))) == {"replace": ["c"]}
    with pytest.raises(UsageError, match="stack dev has no zz"):
        bench.up(targets=Targets(replace=("zz",)))


def test_a_move_of_what_is_no_target_is_kept_whole(bench: Bench) -> None:
    bench.up('a = Thing("a")\nThing("b", {"of": a.size})')
    moved = 'a = Thing("z", {}, pulumi.ResourceOptions(aliases=[pulumi.Alias(name="a")]))\nThing("b", {"of": a.size})\n'
    assert ops(bench.up(moved + 'Thing("c")', targets=only("c"))) == {"create": ["c"]}
    assert ops(bench.up(moved + 'Thing("c")')) == {}
    assert bench.world.calls.count("create a") == 1


def test_replace_with_follows_the_other(bench: Bench) -> None:
    source = 'a = Thing("a", {"fixed": 1})\nThing("b", {"n": 1}, pulumi.ResourceOptions(replace_with=[a]))'
    bench.up(source)
    assert ops(bench.up(source.replace('"n": 1', '"n": 2'))) == {"update": ["b"]}
    assert ops(bench.preview(source.replace('"fixed": 1', '"fixed": 2'))) == {"replace": ["a", "b"]}
    assert ops(bench.up(source.replace('"fixed": 1', '"fixed": 2'))) == {"replace": ["a", "b"]}
    assert ops(bench.up()) == {}


@pytest.mark.parametrize(
    ("one", "two"), [("1", "2"), ('pulumi.Output.secret("x")', 'pulumi.Output.secret("y")'), ("0", "1")]
)
def test_a_replacement_trigger_replaces_when_it_changes(bench: Bench, one: str, two: str) -> None:
    source = 'Thing("a", {"n": 1}, pulumi.ResourceOptions(replacement_trigger=TRIGGER))'
    bench.up('Thing("a", {"n": 1})')
    assert ops(bench.up(source.replace("TRIGGER", one))) == {}
    assert ops(bench.up()) == {}
    assert ops(bench.up(source.replace("TRIGGER", two))) == {"replace": ["a"]}
    assert ops(bench.up()) == {}
    assert '"x"' not in bench.state_file.read_text()
