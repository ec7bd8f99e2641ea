"""Windows of the week."""

from __future__ import annotations

import pytest

from retailops.model.week import WEEK, free, joined, minutes, never_ends

DAY = 1440


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("mon 08:00-22:00", ((480, 1320),)),
        ("sat,sun 00:00-24:00", ((5 * DAY, 6 * DAY), (6 * DAY, 7 * DAY))),
        ("tue 22:00-02:00", ((DAY + 1320, DAY + 1560),)),
        ("sun 23:00-01:00", ((6 * DAY + 1380, WEEK + 60),)),
        ("sat-mon 01:00-02:00", ((5 * DAY + 60, 5 * DAY + 120), (6 * DAY + 60, 6 * DAY + 120), (60, 120))),
    ],
)
def test_minutes(window: str, expected: object) -> None:
    assert minutes(window) == expected


@pytest.mark.parametrize(
    "window",
    ["", "daily", "daily 7:00-23:00", "daily 07:00-25:00", "daily 24:00-23:00", "daily 07:60-08:00", "foo 07:00-08:00",
     "daily 07:00-07:00", "mon,, 07:00-08:00", "daily 07:00-23:00\n", "24:00", "mon-fry 07:00-08:00"],
)  # fmt: skip
def test_what_is_no_window(window: str) -> None:
    with pytest.raises(ValueError, match=r"is no|has no"):
        minutes(window)


@pytest.mark.parametrize(
    ("windows", "answer"),
    [
        (("daily 00:00-24:00",), True),
        (("daily 06:00-05:59",), False),
        (("daily 06:00-05:00", "daily 05:00-06:00"), True),
        (("mon-sat 00:00-24:00",), False),
        ((), False),
    ],
)
def test_never_ends(windows: tuple[str, ...], answer: bool) -> None:
    assert never_ends(windows) is answer


@pytest.mark.parametrize(
    ("windows", "together", "left"),
    [
        (("mon 01:00-02:00", "mon 01:30-03:00"), ((60, 180),), ((180, WEEK + 60),)),
        (("sun 23:00-01:00",), ((6 * DAY + 1380, WEEK + 60),), ((60, 6 * DAY + 1380),)),
        (("daily 00:00-24:00",), ((0, WEEK),), ()),
        (("mon-sat 00:00-24:00",), ((0, 6 * DAY),), ((6 * DAY, WEEK),)),
    ],
)
def test_joined_and_free(windows: tuple[str, ...], together: object, left: object) -> None:
    assert (joined(windows), free(windows)) == (together, left)
