"""Resource options, one by one."""

from __future__ import annotations

import pytest
from engine_bench import Bench, ops

from retailops.errors import RetailopsError


def thing(inputs: str, options: str = "") -> str:
    return f'Thing("a", {inputs}, pulumi.ResourceOptions({options}))'


def test_a_protected_resource_is_neither_deleted_nor_replaced(bench: Bench) -> None:
    bench.up(thing('{"fixed": 1}', "protect=True"))
    with pytest.raises(RetailopsError, match="protected and would be deleted"):
        bench.up("pass")
    with pytest.raises(RetailopsError, match="protected and would be replaced"):
        bench.up(thing('{"fixed": 2}', "protect=True"))
    assert bench.world.calls == ["create a"]
    bench.up(thing('{"fixed": 1}'))
    assert ops(bench.up("pass")) == {"delete": ["a"]}


def test_replace_on_changes_turns_an_update_into_a_replacement(bench: Bench) -> None:
    bench.up(thing('{"labels": {"x": 1, "y": 1}}'))
    bench.up(thing('{"labels": {"x": 2, "y": 1}}', 'replace_on_changes=["labels.y"]'))
    assert bench.world.calls == ["create a", "update a"]
    assert ops(bench.up(thing('{"labels": {"x": 2, "y": 2}}', 'replace_on_changes=["labels.*"]'))) == {"replace": ["a"]}


@pytest.mark.parametrize("path", ["spec.*.image", "spec[*].image"])
def test_ignore_changes_with_a_star_leaves_only_what_it_names(bench: Bench, path: str) -> None:
    box = "[{}]" if "[*]" in path else '{{"one": {}}}'
    spec = '{{"spec": ' + box + "}}"
    bench.up(thing(spec.format('{"image": "v1", "n": 1}')))
    assert ops(bench.up(thing(spec.format('{"image": "v2", "n": 1}'), f"ignore_changes=['{path}']"))) == {}
    changed = bench.up(thing(spec.format('{"image": "v3", "n": 2}'), f"ignore_changes=['{path}']"))
    assert ops(changed) == {"update": ["a"]}
    found = bench.world.things["a"]["spec"]
    assert (found[0] if isinstance(found, list) else found["one"]) == {"image": "v1", "n": 2}


def test_delete_before_replace_wins_over_the_provider(bench: Bench) -> None:
    bench.up(thing('{"fixed": 1}'))
    bench.up(thing('{"fixed": 2}', "delete_before_replace=True"))
    assert bench.world.calls == ["create a", "delete a", "create a"]
    with pytest.raises(RetailopsError, match="exists already"):
        bench.up(thing('{"fixed": 3}', "delete_before_replace=False"))


def test_deleted_with_leaves_the_deletion_to_the_other(bench: Bench) -> None:
    bench.up('a = Thing("a", {})\nThing("b", {}, pulumi.ResourceOptions(deleted_with=a))')
    assert ops(bench.up("pass")) == {"delete": ["a", "b"]}
    assert bench.world.calls == ["create a", "create b", "delete a"]


def test_deleted_with_deletes_when_the_other_stays(bench: Bench) -> None:
    bench.up('a = Thing("a", {})\nThing("b", {}, pulumi.ResourceOptions(deleted_with=a))')
    bench.up('a = Thing("a", {})')
    assert bench.world.calls[-1] == "delete b"


def test_retained_things_leave_the_state_only(bench: Bench) -> None:
    bench.up(thing("{}", "retain_on_delete=True"))
    bench.engine().destroy(bench.request, bench.lines.append)
    assert bench.world.calls == ["create a"]
    assert "Thing::a" not in bench.state_file.read_text()
