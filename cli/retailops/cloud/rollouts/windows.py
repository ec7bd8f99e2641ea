"""When a stack may be touched: its store's maintenance windows and the chain's frozen days, in the store's own time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from retailops.cloud.catalog import EDGE, has_stack
from retailops.model.chain import Calendars, Period
from retailops.model.fleet import Fleet
from retailops.model.stores import Store
from retailops.model.week import WEEK, free, joined

Stretch = tuple[int, int]
ANY_TIME: tuple[Stretch, ...] = ((0, WEEK),)
LAST_MINUTES = 10
"""Nothing is begun in the last minutes of a window (in the second half of a shorter one): what is begun takes a while."""


@dataclass(frozen=True)
class Place:
    """`windows` are (start, end) in minutes of the local week; a cloud's stack has no store, and its region and format are empty."""

    timezone: str
    windows: tuple[Stretch, ...]
    region: str = ""
    format: str = ""


def places(fleet: Fleet) -> dict[str, Place]:
    """Name of a stack -> where and when it may be touched; clouds keep the time of most stores."""
    zones = Counter(store.timezone for store in fleet.stores.values()).most_common(1)
    central = Place(zones[0][0] if zones else "UTC", ANY_TIME)
    found = {f"{cloud.kind}/{cloud.id}": central for cloud in fleet.clouds}
    return found | {f"{EDGE}/{name}": of_store(fleet.stores[name]) for name in _with_stack(fleet)}


def _with_stack(fleet: Fleet) -> Iterator[str]:
    return (name for name in sorted(fleet.stores) if has_stack(fleet.design(name)))


def of_store(store: Store) -> Place:
    """A store that names no maintenance window may be touched whenever it does not sell."""
    windows = joined(store.maintenance) if store.maintenance else free(store.hours)
    return Place(store.timezone, windows, store.region, store.format)


def frozen_periods(calendars: Calendars) -> tuple[Period, ...]:
    return tuple(period for period in (*calendars.national, *calendars.promotions) if period.frozen)


def obstacle(place: Place, frozen: Iterable[Period], now: datetime) -> tuple[str, datetime] | None:
    """What keeps the stack from being touched at `now`, and the first moment when nothing of the kind does; None for nothing."""
    frozen, zone = tuple(frozen), ZoneInfo(place.timezone)
    why, moment = "", now
    while True:
        local = moment.astimezone(zone)
        if period := _period(frozen, local.date()):
            why = why or f"frozen by {period.name}"
            after = datetime.combine(period.last + timedelta(days=1), time(), zone)
        elif not _inside(place.windows, local):
            why = why or "its window opens"
            after = _next_start(place.windows, local)
        else:
            return (why, moment) if why else None
        moment = after.astimezone(UTC)


def _period(frozen: Iterable[Period], day: date) -> Period | None:
    return next((period for period in frozen if period.first <= day <= period.last), None)


def _inside(windows: Iterable[Stretch], local: datetime) -> bool:
    minute = local.weekday() * 1440 + local.hour * 60 + local.minute
    return any(start <= m < _last(start, end) for start, end in windows for m in (minute, minute + WEEK))


def _last(start: int, end: int) -> int:
    length = end - start
    return end if length >= WEEK else end - min(LAST_MINUTES, length // 2)


def _next_start(windows: Iterable[Stretch], local: datetime) -> datetime:
    """The next beginning of a window after `local`, by the wall clock."""
    found = []
    for start, _ in windows:
        day = local.date() + timedelta(days=(start // 1440 - local.weekday()) % 7)
        begin = datetime.combine(day, time(start % 1440 // 60, start % 60), local.tzinfo)
        found.append(begin if begin > local else datetime.combine(day + timedelta(days=7), begin.time(), local.tzinfo))
    return min(found)
