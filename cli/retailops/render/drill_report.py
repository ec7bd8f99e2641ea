"""The report of a drill as one HTML page: each run's waits over time, and what stood in. No script, no outside resource."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

WIDTH, HEIGHT = 720.0, 180.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 708.0, 12.0, 152.0
LEAST = 0.001
"""The plot's floor, in seconds: waits span four powers of ten, so the height is their logarithm."""


@dataclass(frozen=True)
class Plot:
    """SVG of one run: a bar for each stretch, the fault as a band, the limit as a height; ticks are (place, text)."""

    bars: str
    band: tuple[float, float]
    limit: float | None
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]


def page(document: Mapping[str, Any]) -> str:
    """The page of a drill's JSON document."""
    plots = [plot(run) for run in document["runs"]]
    return environment().get_template("hci/drill.html.j2").render(document=document, plots=plots, frame=FRAME)


def plot(run: Mapping[str, Any]) -> Plot:
    """The plot of one run; pure."""
    points: Sequence[Sequence[float]] = run["flow"]["points"]
    end: float = max([at + wait for at, wait in points] + [run["mended"], 1.0])
    ceiling: float = max(10.0, (run["limit"] or 0) * 1.5, run["flow"]["worst"] * 1.2)

    def across(time: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * min(time, end) / end, 1)

    def up(wait: float) -> float:
        share = math.log(max(wait, LEAST) / LEAST) / math.log(ceiling / LEAST)
        return round(BOTTOM - (BOTTOM - TOP) * min(share, 1.0), 1)

    step = next(step for step in (1, 2, 5, 10, 20, 60, 120, 300, 3600) if end / step <= 12)
    return Plot(
        bars="".join(f"M{across(at + wait):g} {BOTTOM:g}V{up(wait):g}" for at, wait in points),
        band=(across(run["broke"]), round(across(run["mended"]) - across(run["broke"]), 1)),
        limit=None if run["limit"] is None else up(run["limit"]),
        across=tuple((across(time), f"{time} s") for time in range(0, int(end) + 1, step)),
        up=tuple(
            (up(wait), text)
            for wait, text in ((0.001, "1 ms"), (0.01, "10 ms"), (0.1, "0.1 s"), (1, "1 s"), (10, "10 s"))
        ),
    )


FRAME = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM}


@cache
def environment() -> Environment:
    loader = PackageLoader("retailops.render")
    return Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=True)
