"""The pieces of fleet.yaml's `rollout`: how far one apply reaches, and the rings of what goes further."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from annotated_types import Ge, Le
from pydantic import AfterValidator

from retailops.model.values import Id, Integer, Part, entries, shown

_SPAN = re.compile(r"(0|[1-9][0-9]{0,4})(m|h|d)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def span(text: str) -> timedelta:
    """`30m`, `2h`, `1d`; raises ValueError for a text that is none."""
    found = _SPAN.fullmatch(text)
    if not found:
        raise ValueError(f"{shown(text)} is no span of time (30m, 2h, 1d)")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def span_text(length: timedelta) -> str:
    """The span as people write it, in the largest unit that leaves nothing over."""
    minutes = int(length.total_seconds() // 60)
    unit, size = next((u, n) for u, n in (("d", 1440), ("h", 60), ("m", 1)) if minutes % n == 0)
    return f"{minutes // size}{unit}" if minutes else "0m"


def _checked(text: str) -> str:
    span(text)
    return text


Span = Annotated[str, AfterValidator(_checked)]


class Ring(Part):
    """Stores that are touched together, then watched for `soak` before the next ring opens.

    Of the stores that earlier rings left: those named, or those of the formats and regions; of these a share, or a count.
    """

    name: Id
    soak: Span = "0m"
    stores: tuple[Id, ...] = ()
    formats: tuple[Id, ...] = ()
    regions: tuple[Id, ...] = ()
    count: Annotated[Integer, Ge(1), Le(10_000)] | None = None
    share: Annotated[Integer, Ge(1), Le(99)] | None = None

    @property
    def takes_all(self) -> bool:
        return not (self.stores or self.formats or self.regions or self.count or self.share)


RINGS = (
    Ring(name="canary", count=1, soak="1h"),
    Ring(name="first", share=1, soak="4h"),
    Ring(name="some", share=10, soak="1d"),
    Ring(name="rest"),
)


class Rollout(Part):
    """How far one apply of CI may reach at once, and how a rollout of more goes."""

    limit: Annotated[Integer, Ge(1), Le(1000)] = 10
    rings: Annotated[tuple[Ring, ...], entries(1, 20)] = RINGS
    stop_at: Annotated[Integer, Ge(0), Le(100)] = 5
    at_once: Annotated[Integer, Ge(1), Le(64)] = 4
    deferred_alarm: Span = "7d"
