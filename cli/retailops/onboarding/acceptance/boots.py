"""Each box reboots, one after the other; the till answers again with nobody's help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailops.edge import till
from retailops.edge.sales import wait
from retailops.errors import ToolError
from retailops.onboarding.acceptance.found import result
from retailops.onboarding.acceptance.hosts import boxes
from retailops.onboarding.acceptance.lines import settle
from retailops.ports import Host, Json, Reading
from retailops.run.stage import Context

MOST_SECONDS = 120.0


def reboot(context: Context, _params: Mapping[str, Any]) -> Json:
    """Seconds from the order to reboot until the box has a new boot and the till answers the POS network."""
    settle(context)
    took = {host.name: _one(context, host) for host in boxes(context)}
    ok = all(seconds is not None for seconds in took.values())
    return result("reboot", ok, {"seconds": took, "most": MOST_SECONDS})


def _one(context: Context, host: Host) -> float | None:
    clock, start = context.ports.clock, context.ports.clock.monotonic()
    before = _boot(context, host)
    context.on_line(f"{host.name} reboots")
    context.ports.prober.reboot(host)
    if wait(clock, MOST_SECONDS, lambda: _boot(context, host) not in (None, before)) is None:
        return None
    if wait(clock, MOST_SECONDS, lambda: till.answers(context.ports.prober, context.site, context.design)) is None:
        return None
    context.on_line(f"{host.name} is back and the till answers after {clock.monotonic() - start:.1f} s")
    return round(clock.monotonic() - start, 2)


def _boot(context: Context, host: Host) -> str | None:
    try:
        return str(context.ports.prober.read(host, Reading("boot", timeout=5))["boot"])
    except ToolError:
        return None
