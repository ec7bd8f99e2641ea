"""What differs between two property values, path by path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from retailops.engine.values import is_secret, masked, plain

MISSING: Any = object()
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Change:
    """One leaf: `old` or `new` is `MISSING` where the path is on one side only."""

    path: Path
    old: Any
    new: Any

    @property
    def text(self) -> str:
        return f"{show(self.path)}: {_word(self.old)} → {_word(self.new)}"


def changes(old: Any, new: Any, path: Path = (), *, hidden: bool = False) -> Iterator[Change]:
    """Every differing leaf; secrets are compared by their value and carried wrapped, so that `text` masks them."""
    hidden = hidden or is_secret(old) or is_secret(new)
    old, new = _open(old), _open(new)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from changes(old.get(key, MISSING), new.get(key, MISSING), (*path, key), hidden=hidden)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            left = old[index] if index < len(old) else MISSING
            right = new[index] if index < len(new) else MISSING
            yield from changes(left, right, (*path, index), hidden=hidden)
    elif plain(old) != plain(new) or (type(old) is not type(new) and bool in (type(old), type(new))):
        yield Change(path, _hide(old, hidden), _hide(new, hidden))


def _open(value: Any) -> Any:
    return value.get("value") if is_secret(value) else value


def _hide(value: Any, hidden: bool) -> Any:
    from retailops.engine.values import secret

    return secret(value) if hidden and value is not MISSING else value


def _word(value: Any) -> str:
    if value is MISSING:
        return "none"
    text = str(masked(value))
    return text if len(text) <= 60 else text[:57] + "…"


def show(path: Path) -> str:
    """`("spec", "ports", 0, "port")` -> `spec.ports[0].port`; keys with dots are quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif "." in part or "[" in part:
            text += f'["{part}"]'
        else:
            text += f".{part}" if text else part
    return text


def parse(text: str) -> Path:
    """The inverse of `show`; `*` stays a wildcard."""
    parts: list[str | int] = []
    rest = text
    while rest:
        if rest.startswith('["'):
            word, _, rest = rest[2:].partition('"]')
            parts.append(word)
        elif rest.startswith("["):
            word, _, rest = rest[1:].partition("]")
            parts.append(int(word) if word.isdigit() else word)
        else:
            rest = rest.removeprefix(".")
            end = min((rest.find(mark) for mark in ".[" if mark in rest), default=len(rest))
            parts.append(rest[:end])
            rest = rest[end:]
    return tuple(part for part in parts if part != "")


def matches(path: Path, pattern: Sequence[str | int]) -> bool:
    """Whether a changed path lies at, below or above a pattern in which `*` stands for any one part."""
    return all(want in ("*", have) for have, want in zip(path, pattern, strict=False))


def expanded(values: Sequence[Any], pattern: Path) -> list[Path]:
    """The paths that a pattern with `*` names in any of the values; a part that none has ends it."""
    if "*" not in pattern:
        return [pattern]
    star = pattern.index("*")
    parts: list[str | int] = []
    for value in values:
        inside = _open(get(value, pattern[:star]))
        parts += list(inside) if isinstance(inside, dict) else range(len(inside)) if isinstance(inside, list) else []
    heads = [(*pattern[:star], part) for part in dict.fromkeys(parts)]
    return [path for head in heads for path in expanded(values, (*head, *pattern[star + 1 :]))]


def get(value: Any, path: Path) -> Any:
    for part in path:
        value = _open(value)
        inside = (isinstance(value, dict) and part in value) or (
            isinstance(value, list) and isinstance(part, int) and part < len(value)
        )
        if not inside:
            return MISSING
        value = value[part]
    return value


def put(value: Any, path: Path, new: Any) -> Any:
    """A copy with `new` at the path (`MISSING` removes a key); a path that leads nowhere changes nothing."""
    if not path:
        return new
    if is_secret(value):
        return {**value, "value": put(value.get("value"), path, new)}
    head, *tail = path
    if isinstance(value, dict):
        if new is MISSING and not tail:
            return {key: item for key, item in value.items() if key != head}
        return {**value, str(head): put(value.get(head, {} if tail else None), tuple(tail), new)}
    if isinstance(value, list) and isinstance(head, int) and head < len(value):
        return [*value[:head], put(value[head], tuple(tail), new), *value[head + 1 :]]
    return value
