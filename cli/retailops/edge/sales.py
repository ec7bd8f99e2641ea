"""Selling from the POS network: on a day like any other, and with every line cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from retailops.edge import till
from retailops.ports import Clock, Json
from retailops.run.stage import Context

ARRIVAL_SECONDS = 60.0
WATCH_SECONDS = 2.0
ANSWER_SECONDS = 30.0


def sell(context: Context) -> tuple[bool, dict[str, Json]]:
    """A sale, and the seconds until the centre had it."""
    sold = till.sell(context.ports.prober, context.site, context.design)
    after = _arrival(context, sold.receipt) if sold.ok else None
    return sold.ok and after is not None, {**sold.to_json(), "arrived_after_seconds": after}


def sell_offline(context: Context) -> tuple[bool, dict[str, Json]]:
    """With every line cut the till sells and keeps the sale; healed, the centre has it once."""
    prober, site, design = context.ports.prober, context.site, context.design
    with every_line_cut(context):
        sold = till.sell(prober, site, design)
        waiting = int(till.queue(prober, site, design).get("waiting", 0))
        early = till.arrivals(prober, site, design, sold.receipt) if sold.ok else 0
    after = _arrival(context, sold.receipt) if sold.ok else None
    context.ports.clock.sleep(WATCH_SECONDS)
    times = till.arrivals(prober, site, design, sold.receipt) if sold.ok else 0
    found = {"waiting": waiting, "early": early, "arrived_after_seconds": after, "times_at_centre": times}
    return sold.ok and waiting >= 1 and early == 0 and times == 1, {**sold.to_json(), **found}


@contextmanager
def every_line_cut(context: Context) -> Iterator[None]:
    """All lines are up again after it, also after an error."""
    names, lines = [uplink.id for uplink in context.design.uplinks], context.ports.lines
    try:
        for name in names:
            lines.cut(context.design.id, name)
        context.on_line(f"  cut: every line of {context.design.id}")
        yield
    finally:
        for name in names:
            lines.heal(context.design.id, name)


def wait(clock: Clock, seconds: float, done: Callable[[], bool], every: float = 0.25) -> float | None:
    """Asks until `done`; how many seconds that took, or `None` if it did not come within `seconds`."""
    start = clock.monotonic()
    while not done():
        if clock.monotonic() - start > seconds:
            return None
        clock.sleep(every)
    return round(clock.monotonic() - start, 2)


def _arrival(context: Context, receipt: str) -> float | None:
    prober, site, design = context.ports.prober, context.site, context.design
    return wait(context.ports.clock, ARRIVAL_SECONDS, lambda: till.arrivals(prober, site, design, receipt) > 0)
