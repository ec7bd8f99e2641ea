"""Markdown's small words: a cell, a folded block, a few names of many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
NAMED = 3
_LONGEST = 400


def cell(text: str) -> str:
    """Plain text for a line or a table's cell: nothing in it is markup, and it is one line of at most 400 characters."""
    text = " ".join(text.split())
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
    for char in "\\`|<>*_[]":
        text = text.replace(char, f"\\{char}")
    return text


def names(stacks: Sequence[str], rest: str = "more") -> str:
    """All of three, else the first two and how many there are of the rest."""
    if len(stacks) <= NAMED:
        return ", ".join(f"`{name}`" for name in stacks)
    return f"`{stacks[0]}`, `{stacks[1]}` and {len(stacks) - 2:,} {rest}"


def details(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A folded block, ended by an empty line."""
    yield f"<details><summary>{_html(title)}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"
    yield ""


def some(items: Sequence[T], most: int) -> tuple[Sequence[T], int]:
    """The first of them, and how many are left out."""
    return items[:most], max(0, len(items) - most)


def _html(text: str) -> str:
    """A summary takes HTML and no Markdown."""
    parts = text.split("`")
    return "".join(part if n % 2 == 0 else f"<code>{part}</code>" for n, part in enumerate(parts))
