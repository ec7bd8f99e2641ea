"""What is there already: taken in by `import_`, looked at by `get`, left behind by `retain_on_delete`."""

from __future__ import annotations

import json

import pytest
from engine_bench import Bench, ops

from retailops.errors import RetailopsError

IMPORT = 'Thing("a", {"colour": "red"}, pulumi.ResourceOptions(import_="a"))'
GET = 'Thing("b", {}, pulumi.ResourceOptions(id="a"))'


@pytest.fixture(autouse=True)
def made_by_hand(bench: Bench) -> None:
    (bench.world.folder / "a.json").write_text(json.dumps({"colour": "red", "token": "t"}))


def test_an_object_is_imported_without_being_touched_and_is_ours_from_then_on(bench: Bench) -> None:
    assert ops(bench.preview(IMPORT)) == {"import": ["a"]}
    assert not bench.state_file.exists()
    assert ops(bench.up()) == {"import": ["a"]}
    assert bench.world.calls == []
    assert ops(bench.up()) == {}
    assert ops(bench.up('Thing("a", {"colour": "red"})')) == {}
    assert ops(bench.up("pass")) == {"delete": ["a"]}
    assert bench.world.calls == ["delete a"]


def test_an_import_that_differs_names_the_paths_and_keeps_nothing(bench: Bench) -> None:
    with pytest.raises(RetailopsError) as caught:
        bench.up(IMPORT.replace("red", "blue"))
    assert caught.value.message == "index:Thing a: a is not what the program says"
    assert caught.value.details == "colour: blue → red"
    assert not bench.state_file.exists()


def test_an_import_takes_an_ignored_difference_as_it_is(bench: Bench) -> None:
    bench.up(IMPORT.replace("red", "blue").replace('import_="a"', 'import_="a", ignore_changes=["colour"]'))
    assert bench.world.calls == []
    assert bench.world.things["a"]["colour"] == "red"


def test_an_import_of_nothing_is_named(bench: Bench) -> None:
    with pytest.raises(RetailopsError, match="there is no zz to import"):
        bench.up(IMPORT.replace('import_="a"', 'import_="zz"'))


def test_what_is_only_looked_at_is_never_deleted(bench: Bench) -> None:
    assert ops(bench.up(GET)) == {"read": ["b"]}
    assert ops(bench.up("pass")) == {}
    assert "Thing::b" not in bench.state_file.read_text()
    assert bench.world.calls == []
    assert "a" in bench.world.things


def test_ours_that_becomes_a_look_at_another_object_is_deleted_not_lost(bench: Bench) -> None:
    bench.up('Thing("b", {"colour": "red"})')
    assert ops(bench.up(GET)) == {"read": ["b"], "delete": ["b"]}
    assert bench.world.calls == ["create b", "delete b"]


def test_ours_that_becomes_a_look_at_itself_is_left_in_the_world(bench: Bench) -> None:
    bench.up('Thing("b", {"colour": "red"})')
    bench.up('Thing("b", {}, pulumi.ResourceOptions(id="b"))')
    assert ops(bench.up("pass")) == {}
    assert bench.world.calls == ["create b"]


def test_ours_that_imports_another_object_deletes_the_old_one(bench: Bench) -> None:
    bench.up('Thing("b", {"colour": "red"})')
    source = 'Thing("b", {"colour": "red"}, pulumi.ResourceOptions(import_="a"))'
    assert ops(bench.up(source)) == {"import": ["b"], "delete": ["b"]}
    assert bench.world.calls == ["create b", "delete b"]
    assert ops(bench.up()) == {}
