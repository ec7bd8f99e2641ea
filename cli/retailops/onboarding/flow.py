"""A flow that ran while a line was cut, as a probe saw it, thinned for a plot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from retailops.ports import Evidence

MOST_POINTS = 360
Point = tuple[float, float | None]


@dataclass(frozen=True)
class Flow:
    """Times in milliseconds. `points` are (time, value), the value `None` where nothing came back.

    `shape` says what a value is: `ping` a probe's round trip and `gaps` the silence before an answer, both in milliseconds, `share`
    the part of a short while's probes that were answered, in per cent. The longest silence is `gap` and began at `gap_from`; `cut`
    and `healed` are when the line was, where the probe was told, `limit` the most that passes.
    """

    gate: str
    kind: str
    label: str
    shape: str
    points: tuple[Point, ...]
    seen: int
    lost: int
    gap: float
    gap_from: float
    cut: float | None = None
    healed: float | None = None
    limit: float | None = None


def flows_of(evidence: Evidence) -> Iterator[Flow]:
    """Every flow in an evidence's payload, however it is wrapped; none where it holds no series of two points or more."""
    limit = _times(evidence.payload, "most_seconds", 1000)
    for label, key, found in _series(evidence.payload, ""):
        flow = SHAPES[key](Flow(evidence.gate, evidence.kind, label, "", (), 0, 0, 0.0, 0.0), found, found[key])
        cut, healed = _moment(found, "cut"), _moment(found, "healed")
        yield replace(flow, points=thin(flow.points), cut=cut, healed=healed, limit=limit)


def thin(points: Sequence[Point]) -> tuple[Point, ...]:
    """At most `MOST_POINTS`: of each run of neighbours the slowest answer, or the loss of them all."""
    step = -(-len(points) // MOST_POINTS)
    if step <= 1:
        return tuple(points)
    return tuple(_slowest(points[at : at + step]) for at in range(0, len(points), step))


def _slowest(points: Sequence[Point]) -> Point:
    answered = [point for point in points if point[1] is not None]
    return max(answered, key=lambda point: point[1] or 0.0) if answered else points[0]


def _ping(flow: Flow, _found: Mapping[str, Any], series: Sequence[Any]) -> Flow:
    """`[[millisecond, round trip or null], ...]`."""
    points: tuple[Point, ...] = tuple((float(time), answer) for time, answer in series)
    gap, start = _silence(points)
    lost = sum(answer is None for _, answer in points)
    return replace(flow, shape="ping", points=points, seen=len(points), lost=lost, gap=gap, gap_from=start)


def _gaps(flow: Flow, found: Mapping[str, Any], series: Sequence[Any]) -> Flow:
    """`[[second, seconds since the answer before], ...]` with `worst` and `worst_at`, as the probe `flow` prints."""
    points = tuple((round(1000 * time, 1), round(1000 * (gap or 0), 1)) for time, gap in series)
    slowest_at, slowest = max(points, key=lambda point: point[1])
    gap, at = _times(found, "worst", 1000) or slowest, _times(found, "worst_at", 1000) or slowest_at
    seen = int(_times(found, "asked", 1) or len(points))
    lost = max(0, seen - int(_times(found, "answered", 1) or seen))
    return replace(
        flow, shape="gaps", points=points, seen=seen, lost=lost, gap=round(gap, 1), gap_from=round(at - gap, 1)
    )


def _share(flow: Flow, found: Mapping[str, Any], series: Sequence[Any]) -> Flow:
    """`[[second, sent, answered], ...]`, as the probe `ping_flow` prints; `gap`, in seconds, where it was measured finer than that."""
    points = tuple((round(1000 * at, 1), round(100 * back / sent, 1) if back else None) for at, sent, back in series)
    seen, lost = sum(sent for _, sent, _ in series), sum(sent - back for _, sent, back in series)
    gap, start = _silence([(at, None if share is None or share < 100 else share) for at, share in points])
    start = next((at for at, share in points if at > start and (share or 0) < 100), start)
    gap = _times(found, "gap", 1000) or gap
    return replace(flow, shape="share", points=points, seen=seen, lost=lost, gap=round(gap, 1), gap_from=start)


SHAPES: Mapping[str, Callable[[Flow, Mapping[str, Any], Sequence[Any]], Flow]] = {
    "samples": _ping,
    "series": _gaps,
    "bins": _share,
}
"""Key of a payload -> what reads the series under it."""


def _silence(points: Sequence[Point]) -> tuple[float, float]:
    """The longest time between two answers that has a loss in it, and when it began; (0, 0) without a loss."""
    worst, start, last, broken = 0.0, 0.0, points[0][0], False
    for time, answer in (*points, (points[-1][0], 0.0)):
        if answer is None:
            broken = True
            continue
        if broken and time - last > worst:
            worst, start = time - last, last
        last, broken = time, False
    return round(worst, 1), round(start, 1)


def _series(payload: Any, label: str, depth: int = 0) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    if not isinstance(payload, Mapping) or depth > 3:
        return
    line = payload.get("line")
    for key in SHAPES:
        if _is_series(payload.get(key), 3 if key == "bins" else 2):
            yield (line if isinstance(line, str) else label), key, payload
    for name, value in payload.items():
        yield from _series(value, str(name), depth + 1)


def _is_series(value: Any, width: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 1
        and all(isinstance(point, list) and len(point) == width and _number(point[0]) for point in value)
        and all(part is None or _number(part) for point in value for part in point[1:])
    )


def _moment(found: Mapping[str, Any], name: str) -> float | None:
    return _times(found, f"{name}_ms", 1) or _times(found, f"{name}_at", 1000)


def _times(found: Mapping[str, Any], name: str, factor: float) -> float | None:
    value = found.get(name)
    return factor * float(value) if _number(value) else None  # type: ignore[arg-type]


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
