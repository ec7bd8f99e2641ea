"""Hostile YAML: stopped with its place before anything is built, without a signal death."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retailops.model.parsing import MAX_BYTES, MAX_DEPTH, MAX_LINE, BadYaml, Loc, Place, parse

DEEP = 100_000


def fault(data: bytes) -> str:
    with pytest.raises(BadYaml) as caught:
        parse(data, "f.yaml")
    return str(caught.value)


def test_values_stay_text() -> None:
    data = b"a: NO\nb: 22:22\nc: 0123\nd: 1e3\ne: ~\nf: null\ng: 2026-12-01\nh: ''\ni:\nj: [true, .inf]\n"
    assert parse(data, "f") == {
        "a": "NO",
        "b": "22:22",
        "c": "0123",
        "d": "1e3",
        "e": "~",
        "f": "null",
        "g": "2026-12-01",
        "h": "",
        "i": None,
        "j": ["true", ".inf"],
    }


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"[" * DEEP, f"1:{MAX_LINE + 1}: a line of 100,000 characters"),
        (b"\n".join([b"[" * 1000] * 100), f"1:{MAX_DEPTH + 1}: nested deeper"),
        (b"\n".join([b"["] * DEEP), f"{MAX_DEPTH + 1}:1: nested deeper"),
        (b"- " * 2000, f"1:{2 * MAX_DEPTH + 1}: nested deeper"),
        (b"{a: " * 1000, "nested deeper"),
        (b"\n".join(b" " * n + b"a:" for n in range(1000)), f"{MAX_DEPTH + 1}:{MAX_DEPTH + 1}: nested deeper"),
        (b"? " * 2000, "a key is text"),
        (b"{" * 4000, "a key is text"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "1:4: an anchor"),
        (b"a: *b\n", "1:4: an alias"),
        (b"a: 1\n<<: {b: 1}\na: 2\n", "3:1: key 'a' for the second time"),
        (b"a: !!int 3\n", "1:4: a tag"),
        (b"a: !x 3\n", "1:4: a tag"),
        (b"a: 1\n---\nb: 1\n", "2:1: a second document"),
        (b"a: 1\nb: \x07\n", "2:4: control character U+0007"),
        (b"a: \x00\n", "1:4: control character U+0000"),
        (b"a: \xe2\x80\xa8\xef\xbf\xbf\n", "control character U+FFFF"),
        ("a: é".encode("latin-1"), "1:4: byte 0xe9 is no UTF-8"),
        ("a: 1".encode("utf-16"), "1:1: byte 0xff is no UTF-8"),
        (b"a: \xed\xa0\x80", "1:4: byte 0xed is no UTF-8"),
        (b"a: 1\n" + b"b: " + b"x" * MAX_LINE, f"2:{MAX_LINE + 1}: a line of 4,099 characters"),
        (b"#\n" * MAX_BYTES, f"f.yaml: is larger than {MAX_BYTES:,} bytes"),
        (b"a: [1, 2\nb: 3\n", "2:2: no YAML"),
        (b"a:\n\tb: 1\n", "2:1: no YAML"),
        (b'a: "\\ud800"\n', "no YAML"),
        (b"a: 'x\n", "no YAML"),
        (b"%YAML 9.9\n---\na: 1\n", "no YAML"),
    ],
)
def test_hostile_yaml_is_refused_with_its_place(data: bytes, place: str) -> None:
    assert place in fault(data)


@pytest.mark.parametrize("nest", ["[", "{a: ", "- ", "? ", "- [", "[{a: "])
def test_a_hundred_thousand_levels_do_not_kill_the_process(nest: str, tmp_path: Path) -> None:
    file = tmp_path / "deep.yaml"
    file.write_text("\n".join([nest * 100] * (DEEP // 100)))
    program = (
        "import sys; from retailops.model.parsing import parse, BadYaml\n"
        "try: parse(open(sys.argv[1], 'rb').read(), 'f')\n"
        "except BadYaml as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program, file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("f:")


def test_the_deepest_that_is_taken() -> None:
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "f")
    assert "nested deeper" in fault(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


@pytest.mark.parametrize(("data", "value"), [(b"", None), (b"# nothing\n", None), (b"\xef\xbb\xbfa: 1\n", {"a": "1"})])
def test_empty_files_and_byte_order_marks(data: bytes, value: object) -> None:
    assert parse(data, "f") == value


def test_every_key_and_value_has_its_place() -> None:
    seen: list[tuple[Loc, bool, Place]] = []
    parse(b"a: 1\nb:\n  - {c: 2}\n  - d\n", "f", lambda *each: seen.append(each))
    assert seen == [
        (("a",), True, (1, 1)),
        (("a",), False, (1, 4)),
        (("b",), True, (2, 1)),
        (("b",), False, (3, 3)),
        (("b", 0), False, (3, 5)),
        (("b", 0, "c"), True, (3, 6)),
        (("b", 0, "c"), False, (3, 9)),
        (("b", 1), False, (4, 5)),
    ]


@given(st.binary(max_size=300))
def test_no_bytes_get_past_with_another_error(data: bytes) -> None:
    with contextlib.suppress(BadYaml):
        parse(data, "f")


@given(st.text("[]{}-?:,&*!|>'\"#% \nab", max_size=200))
def test_no_yaml_gets_past_with_another_error(text: str) -> None:
    with contextlib.suppress(BadYaml):
        parse(text.encode(), "f")
