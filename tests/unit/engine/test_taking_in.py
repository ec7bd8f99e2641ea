"""`cloud import`: state and program lines for what is there; the next preview of those lines is empty."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from engine_bench import PRELUDE, Bench, ops

from retailops.engine.adopting import Adoption, Wish, Wishes
from retailops.engine.program_lines import literal
from retailops.errors import RetailopsError, UsageError

CANARY = "canary-4711-never-in-clear"
THING = "fake:index:Thing"


@pytest.fixture(autouse=True)
def made_by_hand(bench: Bench) -> None:
    bench.write("pass")
    for name, thing in {"a": {"colour": "red"}, "b": {"n": 2, "list": [1, {"x": None}]}, "s": {"word": CANARY}}.items():
        (bench.world.folder / f"{name}.json").write_text(json.dumps({**thing, "token": "t"}))


def adopt(bench: Bench, *things: Wish, keep: Any = lambda _lines: None, **more: Any) -> Adoption:
    return bench.engine().adopt(bench.request, Wishes(things, **more), bench.lines.append, keep)


def wish(name: str, **more: Any) -> Wish:
    return Wish(THING, name, more.pop("id", name), **more)


def state(bench: Bench) -> dict[str, dict[str, Any]]:
    latest = json.loads(bench.state_file.read_text())["checkpoint"]["latest"]
    return {item["urn"].rsplit("::", 1)[-1]: item for item in latest["resources"]}


def run_lines(bench: Bench, lines: str) -> None:
    (bench.folder / "program" / "__main__.py").write_text(lines)


def test_the_lines_say_what_is_there_and_the_next_preview_is_empty(bench: Bench) -> None:
    kept: list[str] = []
    found = adopt(bench, wish("a"), wish("b", id="b"), keep=kept.append)
    assert found.lines == (
        "import pulumi\n"
        "\n"
        "a = pulumi.CustomResource(\n"
        '    "fake:index:Thing",\n'
        '    "a",\n'
        '    {"colour": "red"},\n'
        "    opts=pulumi.ResourceOptions(protect=True),\n"
        ")\n"
        "\n"
        "b = pulumi.CustomResource(\n"
        '    "fake:index:Thing",\n'
        '    "b",\n'
        '    {"list": [1, {"x": None}], "n": 2},\n'
        "    opts=pulumi.ResourceOptions(protect=True),\n"
        ")\n"
    )
    assert kept == [found.lines]
    assert bench.world.calls == []
    assert state(bench)["a"]["protect"] is True
    assert state(bench)["a"]["importID"] == "a"
    run_lines(bench, found.lines)
    assert [step.op for step in bench.preview().steps if step.op != "same"] == []
    assert ops(bench.up()) == {}
    with pytest.raises(RetailopsError, match="protected"):
        bench.up("pass")


def test_a_second_time_says_what_is_there_already_and_gives_the_same_lines(bench: Bench) -> None:
    first = adopt(bench, wish("a"))
    before = bench.state_file.read_bytes()
    second = adopt(bench, wish("a"))
    assert (second.new, second.already) == ((), first.new)
    assert second.lines == first.lines
    assert bench.state_file.read_bytes() == before
    third = adopt(bench, wish("a"), wish("b"))
    assert (third.new, third.already) == (("urn:pulumi:dev::proj::fake:index:Thing::b",), first.new)


def test_one_of_three_that_is_not_there_leaves_all_out_and_each_is_named(bench: Bench) -> None:
    with pytest.raises(RetailopsError) as caught:
        adopt(bench, wish("a"), wish("zz"), wish("b", id="yy"))
    assert caught.value.message == "2 of 3 resources can't be imported"
    assert caught.value.details == "index:Thing zz: there is no zz\nindex:Thing b: there is no yy"
    assert not bench.state_file.exists()


def test_what_the_stack_has_under_another_name_is_refused(bench: Bench) -> None:
    adopt(bench, wish("a"))
    with pytest.raises(RetailopsError) as caught:
        adopt(bench, wish("again", id="a"), wish("a", id="b"))
    assert "a is in the stack already, as urn:pulumi:dev::proj::fake:index:Thing::a" in str(caught.value.details)
    assert "index:Thing a is in the stack already, as a" in str(caught.value.details)


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (Wish("Thing", "a", "a"), "can't be a resource's type and name"),
        (Wish("pulumi:providers:fake", "a", "a"), "can't be a resource's type and name"),
        (Wish(THING, "a*", "a"), "can't be a resource's type and name"),
        (Wish("aws:s3:Bucket", "a", "a"), "the built-in engine lacks what this program uses: the provider aws"),
        (Wish("fake:index:Rare", "a", "a"), "the type fake:index:Rare"),
        (Wish(THING, "a", "a", parent="nobody"), "nobody is neither in the stack nor among what is imported"),
        (Wish(THING, "a", "a", parent="a"), "a is its own parent"),
    ],
)
def test_what_can_not_be_meant_is_one_line(bench: Bench, thing: Wish, words: str) -> None:
    with pytest.raises(RetailopsError, match=words.replace("(", "\\(")):
        adopt(bench, thing)
    assert not bench.state_file.exists()


def test_the_same_twice_in_one_call_is_refused(bench: Bench) -> None:
    with pytest.raises(UsageError, match="index:Thing a is named twice"):
        adopt(bench, wish("a"), wish("a"))
    with pytest.raises(UsageError, match="fake:index:Thing a is named twice"):
        adopt(bench, wish("a"), wish("again", id="a"))
    with pytest.raises(UsageError, match="g is neither in the stack nor"):
        adopt(bench, Wish("my:index:Group", "g", component=True), wish("a", provider="g"))


def test_a_secret_is_in_clear_nowhere_and_ignored_in_the_lines(bench: Bench) -> None:
    found = adopt(bench, wish("s"))
    assert '# "word": not written here, because it is secret' in found.lines
    assert 'ignore_changes=["word"]' in found.lines
    run_lines(bench, found.lines)
    assert ops(bench.up()) == {}
    for text in (found.lines, *bench.lines, *(path.read_text() for path in (bench.folder / "state").rglob("*.json*"))):
        assert CANARY not in text


def test_nothing_else_of_the_stack_is_touched(bench: Bench) -> None:
    source = 'g = Group("g")\nThing("mine", {"n": 1}, pulumi.ResourceOptions(parent=g))\npulumi.export("n", 1)\n'
    bench.up(source)
    before = state(bench)
    group = before["g"]["urn"]
    found = adopt(bench, wish("a", parent=group), wish("b"), names={group: "shop"})
    assert "opts=pulumi.ResourceOptions(parent=shop, protect=True)" in found.lines
    after = state(bench)
    assert {name: after[name] for name in before} == before
    assert after["a"]["parent"] == group
    mine = PRELUDE + source + found.lines.replace("parent=shop", "parent=g")
    run_lines(bench, mine)
    assert [step.op for step in bench.preview().steps if step.op != "same"] == []


def test_components_and_explicit_providers(bench: Bench) -> None:
    source = 'p = pulumi.ProviderResource("fake", "p", {"key": "v"})\n'
    bench.up(source)
    before = state(bench)["p"]
    tree = (Wish("my:index:Group", "g", component=True), wish("a", parent="g", provider=before["urn"]))
    found = adopt(bench, *tree)
    assert state(bench)["p"] == before
    assert state(bench)["a"]["urn"] == "urn:pulumi:dev::proj::my:index:Group$fake:index:Thing::a"
    assert state(bench)["a"]["provider"] == f"{before['urn']}::{before['id']}"
    run_lines(bench, "import pulumi\n" + source + found.lines)
    assert [step.op for step in bench.preview().steps if step.op != "same"] == []


def test_no_protect(bench: Bench) -> None:
    found = adopt(bench, wish("a"), protect=False)
    assert "protect" not in found.lines
    assert "protect" not in state(bench)["a"]


def test_a_file_that_can_not_be_kept_imports_nothing(bench: Bench) -> None:
    def refuse(_lines: str) -> None:
        raise UsageError("there is one already")

    with pytest.raises(UsageError):
        adopt(bench, wish("a"), keep=refuse)
    assert not bench.state_file.exists()
    assert adopt(bench, wish("a")).new


POINTS = 36
FEW = range(3, POINTS, 8)


def killed(bench: Bench, at: int) -> str:
    script = Path(__file__).with_name("killed_engine.py")
    told = {**os.environ, "KILL_AT": str(at)}
    done = subprocess.run(
        [sys.executable, script, bench.folder, "import"], env=told, capture_output=True, text=True, check=False
    )
    assert done.returncode == (-9 if at else 0), done.stderr
    return done.stdout


def went_on(bench: Bench, at: int) -> None:
    killed(bench, at)
    if bench.state_file.exists():
        assert (bench.folder / "imported.py").exists(), "something is in the state that no program has"
    found = adopt(bench, wish("a"), wish("b"))
    assert len(found.new) + len(found.already) == 2
    assert bench.world.calls == []
    run_lines(bench, found.lines)
    assert [step.op for step in bench.preview().steps if step.op != "same"] == []
    if (bench.folder / "imported.py").exists():
        assert (bench.folder / "imported.py").read_text() == found.lines


def test_the_points_are_all_of_them(bench: Bench) -> None:
    assert len(json.loads(killed(bench, 0))) == POINTS


@pytest.mark.parametrize("at", FEW)
def test_killed_at_a_few_points_it_goes_on(bench: Bench, at: int) -> None:
    went_on(bench, at)


@pytest.mark.long
@pytest.mark.parametrize("at", [at for at in range(1, POINTS + 1) if at not in FEW])
def test_killed_at_every_other_point_it_goes_on(bench: Bench, at: int) -> None:
    went_on(bench, at)


def test_a_place_is_listed_without_what_is_in_the_stack(bench: Bench) -> None:
    for name in ("p1", "p2"):
        (bench.world.folder / f"{name}.json").write_text(json.dumps({"place": "x", "token": "t"}))
    adopt(bench, wish("p1"))
    found = bench.engine().inventory(bench.request, "fake", "x", bench.lines.append)
    assert found == (Wish(THING, "p2", "p2"),)


@pytest.mark.parametrize(
    "value",
    [
        'it\'s "quoted" \\ back',
        "line 1\nline 2\n",
        "\u202e\u2028\x00\x85\ud800 名字 😀",
        {"a": ["x" * 90, {"b": None, "c": True, "d": 1.5}], "{{ x }}": "\n" * 3},
        "#\n'''\"\"\"",
    ],
)
def test_a_literal_is_what_it_was_and_hides_nothing(value: object) -> None:
    text = literal(value)
    assert eval(text) == value
    assert all(char.isprintable() or char == "\n" for char in text)
