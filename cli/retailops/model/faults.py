"""A fault of a file that its types can't see, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from retailops.model.parsing import Loc

Fault = tuple[Loc, str]
"""A field and what is wrong with it."""

LAB_ONLY = "file: and env: references are for a lab; production takes sops: or vault:"


def repeated(loc: Loc, field: str, values: Iterable[str | int]) -> Iterator[Fault]:
    """A fault at each value of a list's field that an earlier one has already."""
    seen: set[str | int] = set()
    for n, value in enumerate(values):
        if value in seen:
            yield (*loc, n, field), f"{value} for the second time"
        seen.add(value)
