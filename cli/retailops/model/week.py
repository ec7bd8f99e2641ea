"""Windows of the week as people write them: `daily 07:00-23:00`, `mon-fri 08:00-22:00`, `sat,sun 22:00-02:00`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

from retailops.model.values import shown

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = 7 * 24 * 60
_WINDOW = re.compile(r"(daily|[a-z]{3}(?:-[a-z]{3})?(?:,[a-z]{3}(?:-[a-z]{3})?)*) (\d\d):(\d\d)-(\d\d):(\d\d)")


@lru_cache(4096)
def minutes(window: str) -> tuple[tuple[int, int], ...]:
    """The window as (start, end) in minutes from Monday 00:00; one that passes midnight ends after its day, Sunday's after WEEK.

    Raises ValueError for a text that is none.
    """
    found = _WINDOW.fullmatch(window)
    if not found:
        raise ValueError(f"{shown(window)} is no window of the week (daily 07:00-23:00, mon-fri 08:00-22:00)")
    start = _minute(found[2], found[3], 23)
    end = _minute(found[4], found[5], 24)
    if start == end:
        raise ValueError(f"{shown(window)} has no length (a whole day is 00:00-24:00)")
    length = end - start if end > start else end + 24 * 60 - start
    return tuple((day * 1440 + start, day * 1440 + start + length) for day in _days(found[1]))


def _minute(hour: str, minute: str, last: int) -> int:
    value = int(hour) * 60 + int(minute)
    if int(minute) > 59 or value > last * 60 + (0 if last == 24 else 59):
        raise ValueError(f"{hour}:{minute} is no time of day")
    return value


def _days(text: str) -> list[int]:
    if text == "daily":
        return list(range(7))
    days: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        for name in (first, last or first):
            if name not in DAYS:
                raise ValueError(f"{shown(name)} is no day ({', '.join(DAYS)})")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        days += [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]
    return days


def never_ends(windows: tuple[str, ...]) -> bool:
    """True where the windows together leave no minute of the week free."""
    return not free(windows)


@lru_cache(1024)
def joined(windows: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """The windows together as (start, end) in minutes from Monday 00:00, none touching another; one may end after WEEK."""
    return _stretches(_covered(windows), 1)


@lru_cache(1024)
def free(windows: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """What the windows leave of the week, in the form of `joined`."""
    return _stretches(_covered(windows), 0)


def _covered(windows: tuple[str, ...]) -> bytearray:
    covered = bytearray(WEEK)
    for window in windows:
        for start, end in minutes(window):
            for begin, stop in ((start, min(end, WEEK)), (0, max(end - WEEK, 0))):
                covered[begin:stop] = b"\1" * (stop - begin)
    return covered


def _stretches(covered: bytearray, wanted: int) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    place = covered.find(wanted)
    while place != -1:
        end = covered.find(1 - wanted, place)
        found.append((place, WEEK if end == -1 else end))
        place = covered.find(wanted, end) if end != -1 else -1
    if len(found) > 1 and found[0][0] == 0 and found[-1][1] == WEEK:
        found = [*found[1:-1], (found[-1][0], WEEK + found[0][1])]
    return tuple(found)


def _window(value: str) -> str:
    minutes(value)
    return value


Window = Annotated[str, AfterValidator(_window)]
