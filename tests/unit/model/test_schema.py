"""The schemas that editors use: every field has a meaning, and the sample chain fits."""

from __future__ import annotations

from typing import Any

import pytest

from retailops.model.meanings import MEANINGS
from retailops.model.schema import KINDS, schema

CONSTANT = {"apiVersion", "kind"}


def parts() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for kind, model in KINDS.items():
        document = schema(kind)
        for name, part in {model.__name__: document, **document.get("$defs", {})}.items():
            properties = (part.get("anyOf") or [{}, part])[1].get("properties", {})
            found[name] = set(properties)
    return {
        name: fields - (CONSTANT if name in {m.__name__ for m in KINDS.values()} else set())
        for name, fields in found.items()
    }


def test_every_field_has_a_meaning_and_no_meaning_is_left_over() -> None:
    assert {name: set(fields) for name, fields in MEANINGS.items()} == {n: f for n, f in parts().items() if f}


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_keys_are_wrong_for_editors_too(kind: str) -> None:
    assert schema(kind)["additionalProperties"] is False


def test_text_may_be_one_string_for_both_languages() -> None:
    text: dict[str, Any] = schema("store")["$defs"]["Text"]
    assert text["anyOf"][0] == {"type": "string"}
    assert text["anyOf"][1]["required"] == ["zh", "en"]
