"""Property values, their differences and their places."""

from __future__ import annotations

import pytest
from google.protobuf import struct_pb2

from retailops.engine import urns
from retailops.engine.differences import MISSING, changes, get, matches, parse, put, show
from retailops.engine.registration import seconds
from retailops.engine.values import annotate, from_struct, is_secret, masked, plain, seal, secret, to_struct


def texts(old: object, new: object) -> list[str]:
    return [change.text for change in changes(old, new)]


def test_differences_name_paths_and_mask_secrets() -> None:
    assert texts({"a": {"b.c": [1, 2]}}, {"a": {"b.c": [1, 3, 4]}}) == ['a["b.c"][1]: 2 → 3', 'a["b.c"][2]: none → 4']
    assert texts({"p": secret("one")}, {"p": secret("two")}) == ["p: [secret] → [secret]"]
    assert texts({"p": secret({"k": "one"})}, {"p": {"k": "two"}}) == ["p.k: [secret] → [secret]"]
    assert texts({"p": secret("one")}, {"p": "one"}) == []
    assert texts({"n": 1}, {"n": True}) == ["n: 1 → True"]
    assert texts({"n": 1}, {}) == ["n: 1 → none"]


@pytest.mark.parametrize("text", ["spec.ports[0].port", 'metadata.labels["a.b/c"]', "x", "a[*].b"])
def test_paths_round_trip(text: str) -> None:
    path = parse(text)
    assert show(path).replace(".*", "[*]") == text


def test_patterns_match_at_above_and_below() -> None:
    assert matches(("spec", "containers", 0, "image"), parse("spec.containers[*].image"))
    assert matches(("spec",), parse("spec.selector"))
    assert matches(("spec", "selector", "app"), parse("spec.selector"))
    assert not matches(("spec", "replicas"), parse("spec.selector"))


def test_get_and_put_go_through_secrets() -> None:
    value = {"a": secret({"b": [1, 2]})}
    assert get(value, ("a", "b", 1)) == 2
    assert get(value, ("a", "x")) is MISSING
    assert plain(put(value, ("a", "b", 1), 9)) == {"a": {"b": [1, 9]}}
    assert plain(put(value, ("a", "b"), MISSING)) == {"a": {}}
    assert is_secret(put(value, ("a", "b", 1), 9)["a"])


def test_secrets_follow_from_inputs_to_outputs() -> None:
    assert is_secret(annotate({"a": {"b": 1}}, {"a": {"b": secret(1)}})["a"]["b"])
    assert seal({"url": "http://hunter22@x"}, ("hunter22",)) == {"url": secret("http://hunter22@x")}
    assert masked({"a": secret(1), "b": 2}) == {"a": "[secret]", "b": 2}


def test_structs_keep_whole_numbers_whole() -> None:
    struct = to_struct({"a": 3, "b": 2.5, "c": [None, True, {"d": "e"}]})
    assert isinstance(struct, struct_pb2.Struct)
    back = from_struct(struct)
    assert back == {"a": 3, "b": 2.5, "c": [None, True, {"d": "e"}]}
    assert isinstance(back["a"], int)


def test_urns() -> None:
    stack = urns.make("s", "p", "", urns.STACK_TYPE, "p-s")
    group = urns.make("s", "p", stack, "my:i:Group", "g")
    child = urns.make("s", "p", group, "k:i:Thing", "a::b")
    assert group == "urn:pulumi:s::p::my:i:Group::g"
    assert child == "urn:pulumi:s::p::my:i:Group$k:i:Thing::a::b"
    assert (urns.type_of(child), urns.name_of(child)) == ("k:i:Thing", "a::b")
    assert urns.split_reference(f"{child}::id") == (child, "id")


def test_durations() -> None:
    assert [seconds(text) for text in ("5m", "1h30m", "90s", "1.5s", "")] == [300, 5400, 90, 1.5, 0]
