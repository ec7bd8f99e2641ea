"""A measurement as a few facts that a person can read at a glance; all of it stays in the data inside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_FACTS = 8
MOST_NAMES = 6
_NAMES = ("tunnel", "name", "id", "host", "neighbour", "box", "zone")
_HEX = re.compile(r"(sha256:)?[0-9a-f]{40,}")
Both = dict[str, str]


def facts(measured: Any, texts: Mapping[str, Any]) -> dict[str, Any]:
    """`{"shown": [(name, value), ...], "more": n}` in both languages, the plainest first; what is empty is left out."""
    found = sorted(flat(measured), key=lambda fact: len(fact[0]))
    shown = [(_name(path, texts), _value(value, texts)) for path, value in found[:MOST_FACTS]]
    return {"shown": shown, "more": max(0, len(found) - MOST_FACTS)}


def flat(measured: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(path, value) of what can be said in a word or a number; deeper things are named or counted."""
    if isinstance(measured, Mapping) and set(measured) == {"items", "sha256"}:
        yield path, measured["items"]
    elif isinstance(measured, Mapping) and (not path or (len(path) == 1 and not _deep(measured))):
        for key, value in measured.items():
            yield from flat(value, (*path, str(key)))
    elif isinstance(measured, Mapping):
        yield path, _listed([str(key) for key in measured])
    elif isinstance(measured, Sequence) and not isinstance(measured, str):
        yield path, _listed([_called(value) for value in measured])
    elif measured is not None and measured != "":
        yield path, measured


def _deep(measured: Mapping[str, Any]) -> bool:
    return any(isinstance(value, (Mapping, list)) for value in measured.values())


def _called(value: Any) -> str | None:
    """A thing's own name, where it has one."""
    if isinstance(value, Mapping):
        return next((str(value[key]) for key in _NAMES if isinstance(value.get(key), str)), None)
    return None if isinstance(value, list) else str(value)


def _listed(names: list[str | None]) -> Any:
    """The names, how many there are where they are too many or nameless, an empty list for none at all."""
    known = [name for name in names if name is not None]
    if len(known) < len(names) or len(names) > MOST_NAMES:
        return len(names)
    return ", ".join(known) if known else []


def _name(path: Sequence[str], texts: Mapping[str, Any]) -> Both:
    words = [texts["measures"].get(word) or _both(word.replace("_", " ")) for word in path]
    return {language: " · ".join(word[language] for word in words) for language in ("zh", "en")}


def _value(value: Any, texts: Mapping[str, Any]) -> Both:
    if value == []:
        return dict(texts["none"])
    if isinstance(value, bool):
        return dict(texts["yes" if value else "no"])
    if isinstance(value, str) and _HEX.fullmatch(value):
        return _both(f"{value.removeprefix('sha256:')[:16]}…")
    return _both(f"{value:.6g}" if isinstance(value, float) else str(value))


def _both(text: str) -> Both:
    return {"zh": text, "en": text}
