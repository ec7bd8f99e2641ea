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


class _Level:
    """An open mapping or list: `key` is what the next value belongs to."""

    __slots__ = ("container", "key", "start")

    def __init__(self, container: dict[str, Any] | list[Any], start: Any) -> None:
        self.container = container
        self.key: str | None = None
        self.start = start


def _build(parser: Any, path: str, seen: Seen | None) -> Any:
    levels: list[_Level] = []
    root: Any = None
    documents = 0
    next_event = parser.get_event
    while (event := next_event()) is not None:
        kind = type(event)
        if kind is ScalarEvent:
            _refuse_extras(event, path)
            if not levels:
                root = event.value
                continue
            level = levels[-1]
            if level.key is None and type(level.container) is dict:
                _take_key(level, event, path, levels, seen)
                continue
            value: Any = event.value or (None if event.implicit[0] else "")
            _put(level, value, event, levels, seen)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            _refuse_extras(event, path)
            new: Any = {} if kind is MappingStartEvent else []
            if len(levels) >= MAX_DEPTH:
                raise _bad(path, event, f"nested deeper than {MAX_DEPTH} levels")
            if levels:
                if levels[-1].key is None and type(levels[-1].container) is dict:
                    raise _bad(path, event, "a key is text, not a list or a mapping")
                _put(levels[-1], new, event, levels, seen)
            else:
                root = new
            levels.append(_Level(new, event.start_mark))
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            levels.pop()
            if levels:
                levels[-1].key = None
        elif kind is AliasEvent:
            raise _bad(path, event, "an alias (*name) is not taken here: write the value out")
        elif kind is DocumentStartEvent:
            documents += 1
            if documents > 1:
                raise _bad(path, event, "a second document: one file, one document")
    return root


def _refuse_extras(event: Any, path: str) -> None:
    if event.anchor is not None:
        raise _bad(path, event, "an anchor (&name) is not taken here: write the value out")
    if event.tag is not None:
        raise _bad(path, event, f"a tag ({shown(event.tag)}) is not taken here")


def _take_key(level: _Level, event: Any, path: str, levels: list[_Level], seen: Seen | None) -> None:
    key = event.value
    assert isinstance(level.container, dict)
    if key in level.container:
        raise _bad(path, event, f"key {shown(key)} for the second time")
    level.key = key
    if seen:
        seen(_loc(levels), True, _place(event.start_mark))


def _put(level: _Level, value: Any, event: Any, levels: list[_Level], seen: Seen | None) -> None:
    container = level.container
    if type(container) is dict:
        container[level.key] = value  # type: ignore[index]
    else:
        container.append(value)  # type: ignore[union-attr]
    if seen:
        seen(_loc(levels), False, _place(event.start_mark))
    if type(value) is not dict and type(value) is not list:
        level.key = None


def _loc(levels: list[_Level]) -> Loc:
    return tuple(
        level.key if isinstance(level.container, dict) else len(level.container) - 1  # type: ignore[misc]
        for level in levels
    )


def _bad(path: str, event: Any, message: str) -> BadYaml:
    return BadYaml(Problem(path, *_place(event.start_mark), message))
