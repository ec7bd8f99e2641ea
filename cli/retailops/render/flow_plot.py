"""A flow through a cut as a plot on a sheet 360 units wide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 360, 168
LEFT, RIGHT, TOP, BOTTOM = 38.0, 352.0, 26.0, 142.0
_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class Plot:
    """`answers` and `losses` are SVG paths, `gap` is left edge and width of the silence; `limit` is a height, where there is one."""

    shape: str
    answers: str
    losses: str
    gap: tuple[float, float]
    gap_text: str
    marks: tuple[tuple[float, str], ...]
    limit: float | None
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def plot(flow: Mapping[str, Any]) -> Plot:
    """The plot of one of the certificate's `flows`; pure."""
    points: Sequence[Sequence[Any]] = flow["points"]
    start: float = points[0][0]
    end: float = max(points[-1][0], start + 1, flow["gap_from"] + flow["gap"], flow.get("healed") or 0)
    highest = max([answer for _, answer in points if answer is not None], default=0.0)
    ceiling = 100.0 if flow["shape"] == "share" else _ceiling(max(highest, 1.0) * 1.12)

    def across(time: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (min(max(time, start), end) - start) / (end - start), 1)

    def up(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * min(value, ceiling) / ceiling, 1)

    answered = [(across(time), up(answer)) for time, answer in points if answer is not None]
    lost = [across(time) for time, answer in points if answer is None]
    left = across(flow["gap_from"])
    limit = flow.get("limit")
    return Plot(
        flow["shape"],
        "".join(f"M{x:g} {y:g}h0" if flow["shape"] == "ping" else f"M{x:g} {BOTTOM:g}V{y:g}" for x, y in answered),
        "".join(f"M{x:g} {BOTTOM - 9:g}v9" for x in lost),
        (left, max(1.0, round(across(flow["gap_from"] + flow["gap"]) - left, 1)) if flow["gap"] else 0.0),
        duration(flow["gap"]),
        tuple((across(flow[name]), name) for name in ("cut", "healed") if flow.get(name) is not None),
        up(limit) if limit and flow["shape"] == "gaps" and limit <= ceiling else None,
        tuple(Tick(across(time), f"{(time - start) / 1000:g} s") for time in _ticks(start, end, 6)),
        tuple(Tick(up(value), f"{value:g}") for value in _ticks(0, ceiling, 4)),
    )


def duration(milliseconds: float) -> str:
    """`640 ms`, `1.25 s`."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.2f} s"


def _ceiling(value: float) -> float:
    return next(step for step in _scale() if step >= value)


def _ticks(start: float, end: float, most: int) -> Iterator[float]:
    step = next(step for step in _scale() if (end - start) / step <= most)
    count = int((end - start) / step + 1e-9)
    return (start + step * n for n in range(count + 1))


def _scale() -> Iterator[float]:
    power = 1
    while True:
        yield from (float(step * power) for step in _STEPS)
        power *= 10
