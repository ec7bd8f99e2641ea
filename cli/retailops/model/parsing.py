"""YAML into plain values on the event stream, capped before anything is built: no loader, no recursion, no aliases, no tags.

Every scalar stays text (`NO`, `22:22`, `0123`); a key without a value is None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from retailops.errors import Problem
from retailops.model.values import shown

MAX_BYTES = 1_048_576
MAX_LINE = 4_096
MAX_DEPTH = 24
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_ENDS = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")

Place = tuple[int, int]
"""Line and column, from 1."""

Loc = tuple[str | int, ...]
Seen = Callable[[Loc, bool, Place], None]
"""Told of every key (True) and value (False) with its place."""


class BadYaml(Exception):
    """A file that can't be taken; `problem` is the first fault."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def parse(data: bytes, path: str, seen: Seen | None = None) -> Any:
    """The one document in `data` as dict, list, str and None; raises BadYaml with the place of the first fault."""
    text = _decoded(data, path)
    parser = (yaml.CLoader if hasattr(yaml, "CLoader") else yaml.Loader)(text)
    try:
        return _build(parser, path, seen)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _place(mark) if mark else (1, 1)
        raise BadYaml(Problem(path, *place, f"no YAML: {error.problem or error.context}")) from None
    except yaml.YAMLError as error:
        raise BadYaml(Problem(path, 1, 1, f"no YAML: {error}")) from None
    finally:
        parser.dispose()


def _decoded(data: bytes, path: str) -> str:
    if len(data) > MAX_BYTES:
        raise BadYaml(Problem(path, 0, 0, f"is larger than {MAX_BYTES:,} bytes"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _at(data[: error.start].decode("utf-8", "replace"))
        raise BadYaml(Problem(path, line, column, f"byte 0x{data[error.start]:02x} is no UTF-8")) from None
    if found := _UNPRINTABLE.search(text):
        line, column = _at(text[: found.start()])
        raise BadYaml(Problem(path, line, column, f"control character U+{ord(found[0]):04X}"))
    if len(text) > MAX_LINE:
        _check_lines(text, path)
    return text


def _check_lines(text: str, path: str) -> None:
    for number, line in enumerate(_LINE_ENDS.split(text), start=1):
        if len(line) > MAX_LINE:
            message = f"a line of {len(line):,} characters; {MAX_LINE:,} are allowed"
            raise BadYaml(Problem(path, number, MAX_LINE + 1, message))


def _at(before: str) -> Place:
    lines = _LINE_ENDS.split(before)
    return len(lines), len(lines[-1]) + 1


def _place(mark: Any) -> Place:
    return mark.line + 1, mark.column + 1


class _Builder:
    """Takes events one by one; what is open lies on lists of its own, so depth costs no stack.

    `key` is what the next value of an open mapping belongs to, None where a key comes next; in lists it is unused.
    """

    def __init__(self, path: str, seen: Seen | None) -> None:
        self.path, self.seen = path, seen
        self.root: Any = None
        self.container: Any = None
        self.key: str | None = None
        self.outer: list[tuple[Any, str | None]] = []
        self.documents = 0

    def scalar(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self.refuse(event)
        if type(self.container) is dict and self.key is None:
            self.take_key(event)
        else:
            self.put(event.value or (None if event.implicit[0] else ""), event)
            self.key = None

    def take_key(self, event: Any) -> None:
        key = event.value
        if key in self.container:
            raise _bad(self.path, event, f"key {shown(key)} for the second time")
        self.key = key
        if self.seen:
            self.seen(self.loc(), True, _place(event.start_mark))

    def put(self, value: Any, event: Any) -> None:
        container = self.container
        if type(container) is dict:
            container[self.key] = value
        elif container is None:
            self.root = value
            return
        else:
            container.append(value)
        if self.seen:
            self.seen(self.loc(), False, _place(event.start_mark))

    def open(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self.refuse(event)
        if len(self.outer) >= MAX_DEPTH:
            raise _bad(self.path, event, f"nested deeper than {MAX_DEPTH} levels")
        if type(self.container) is dict and self.key is None:
            raise _bad(self.path, event, "a key is text, not a list or a mapping")
        value: Any = {} if type(event) is MappingStartEvent else []
        self.put(value, event)
        self.outer.append((self.container, self.key))
        self.container, self.key = value, None

    def close(self, _event: Any) -> None:
        self.container, self.key = self.outer.pop()[0], None

    def loc(self) -> Loc:
        whole = [*self.outer[1:], (self.container, self.key)]
        return tuple(key if key is not None else len(container) - 1 for container, key in whole)

    def refuse(self, event: Any) -> None:
        what = "an anchor (&name)" if event.anchor is not None else f"a tag ({shown(event.tag)})"
        raise _bad(self.path, event, f"{what} is not taken here: write the plain value out")

    def alias(self, event: Any) -> None:
        raise _bad(self.path, event, "an alias (*name) is not taken here: write the plain value out")

    def document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _bad(self.path, event, "a second document: one file, one document")


_TAKERS = {
    ScalarEvent: _Builder.scalar,
    MappingStartEvent: _Builder.open,
    SequenceStartEvent: _Builder.open,
    MappingEndEvent: _Builder.close,
    SequenceEndEvent: _Builder.close,
    AliasEvent: _Builder.alias,
    DocumentStartEvent: _Builder.document,
}


def _build(parser: Any, path: str, seen: Seen | None) -> Any:
    builder = _Builder(path, seen)
    next_event, taker_of = parser.get_event, _TAKERS.get
    while (event := next_event()) is not None:
        taker = taker_of(type(event))
        if taker:
            taker(builder, event)
    return builder.root


def _bad(path: str, event: Any, message: str) -> BadYaml:
    return BadYaml(Problem(path, *_place(event.start_mark), message))
