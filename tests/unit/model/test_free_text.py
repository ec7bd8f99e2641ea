"""Free text is carried byte for byte, ids pass an allow-list, what can't be printed is refused."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from retailops.model.parsing import parse
from retailops.model.stores import Store
from retailops.model.values import FreeText, Id, LocalPath, Mac, Name, SecretRef, Text
from retailops.model.writing import store_document, store_text

UNPRINTABLE = ("Cc", "Zl", "Zp", "Cs", "Cn", "Co")
printable = st.text(st.characters(exclude_categories=UNPRINTABLE), min_size=1, max_size=60).filter(
    lambda text: bool(text.strip()) and not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)


def document(name: object) -> dict[str, Any]:
    return {
        "apiVersion": "retailops/v1",
        "kind": "Store",
        "id": "hz0001",
        "name": name,
        "region": "east",
        "index": 1,
        "format": "compact",
        "timezone": "Asia/Shanghai",
        "hours": ["daily 07:00-23:00"],
        "opens": "2026-12-01",
        "uplinks": [],
    }


@given(printable)
@example("{{ lookup('pipe','touch /tmp/x') }}")
@example("$(touch /tmp/x) `id` ${HOME} ; rm -rf / #")
@example("杭州文三路店 🏪 👩‍👩‍👧 é")
@example("NO")
@example("22:22")
@example("0123")
@example("- a: [b")
@example("!!python/object *x &y")
@example("' \" \\ \\n %s")
def test_free_text_survives_writing_and_reading_byte_for_byte(text: str) -> None:
    written = store_text(document({"zh": text, "en": "x"})).encode()
    store = Store.model_validate(parse(written, "f"), by_alias=True, by_name=False)
    assert store.name.zh == text
    assert Store.model_validate(parse(store_text(store_document(store)).encode(), "f")) == store


@given(st.characters(categories=["Cc", "Zl", "Zp", "Co"]))
def test_what_cannot_be_printed_is_refused_with_its_place(char: str) -> None:
    with pytest.raises(ValidationError, match=f"character 2 is U\\+{ord(char):04X}"):
        TypeAdapter(FreeText).validate_python(f"a{char}b")
    assert unicodedata.category(char) in UNPRINTABLE


def test_a_plain_string_is_both_languages() -> None:
    assert Text.model_validate("店") == Text(zh="店", en="店")
    assert str(Text(zh="店", en="shop")) == "店 / shop"


@pytest.mark.parametrize(
    "value",
    [
        "../x",
        "",
        "A",
        "a b",
        "a_b",
        "-a",
        "a-",
        "a--b",
        "1a",
        "a/b",
        "a\n",
        "a.b",
        "店",
        "a" * 41,
        "{{x}}",
        "$(x)",
        "a\u0301",
    ],
)
def test_ids_pass_an_allow_list(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Id).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            Mac,
            ["02:00:5e:00:01:c8"],
            ["02:00:5E:00:01:C8", "02-00-5e-00-01-c8", "02:00:5e:00:01", "02:00:5e:00:01:c8\n"],
        ),
        (Name, ["SN-1/2.3", "3.200.0"], ["..", "a..b", "a b", "-a", "a\n", "$x"]),
        (
            LocalPath,
            [".retailops", "trust/allowed_signers", "/srv/state"],
            ["../x", "a/../b", "a/..", "..", "a b", "~"],
        ),
        (
            SecretRef,
            ["sops:a/b.yaml#key", "vault:kv/x#y", "file:keys/x", "env:TOKEN"],
            ["hunter2", "sops:a", "vault:#k", "env:lower", "file:", "sops: a#b", "http://x#y"],
        ),
    ],
)
def test_words_with_a_form(kind: Any, good: list[str], bad: list[str]) -> None:
    adapter = TypeAdapter(kind)
    assert [adapter.validate_python(value) for value in good] == good
    for value in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


def test_a_secret_in_clear_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(SecretRef).validate_python("hunter2")
    assert "hunter2" not in str(caught.value.errors()[0]["ctx"]["error"])
