"""Fail-over: a running flow through the overlay while the preferred line goes black beyond the store, and its return."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from retailops.ports import Host, Json, Reading
from retailops.render.plugs import interface_of, tunnels
from retailops.render.wan_store import gateway_of
from retailops.run.stage import Context
from retailops.wan.matrix import centre_address
from retailops.wan.paths import centre_by, gateway_state, measure_routing
from retailops.wan.wanted import host_of

BEFORE, BLACK, AFTER = 1.0, 2.5, 3.5
MOST_GAP = 2.0
MOST_RETURN = 10.0
INTERVAL = 0.005


def measure_failover(context: Context, source: Host | None = None, address: str | None = None) -> dict[str, Json]:
    """The flow runs from the gateway's address in zone edge to the centre, or from `source`; the line is up again in any case.

    `gap` and `gap_on_return` are the longest silences in seconds while the line is cut and after it is back; `returned` is how long
    after healing the preferred tunnel leads to the centre again, None if it does not; `bins` is for a plot.
    """
    host = source or host_of(context.site, gateway_of(context.design).host)
    if source is None:
        address = str(context.design.zones["edge"].gateway)
    measure_routing(context)
    preferred = tunnels(context.design, context.site)[0]
    clock, lines, store = context.ports.clock, context.ports.lines, context.design.id
    seconds = BEFORE + BLACK + AFTER
    args = {"target": centre_address(context.design), "seconds": seconds, "interval": INTERVAL}
    reading = Reading("ping_flow", {**args, **({"source": address} if address else {})}, timeout=seconds + 20)
    with ThreadPoolExecutor(1) as pool:
        flow = pool.submit(context.ports.prober.read, host, reading)
        clock.sleep(BEFORE)
        try:
            cut = clock.now().timestamp()
            lines.cut(store, preferred.uplink)
            clock.sleep(BLACK)
            during = centre_by(context, gateway_state(context))
        finally:
            lines.heal(store, preferred.uplink)
        healed = clock.now().timestamp()
        returned = _returned(context, interface_of(preferred.plane))
        return {"line": preferred.uplink, "during": during, "returned": returned, **report(flow.result(), cut, healed)}


def report(flow: Mapping[str, Any], cut: float, healed: float) -> dict[str, Json]:
    """The flow's silences, told apart by when the line was cut and healed (UTC in seconds)."""
    cut_at, healed_at = cut - flow["start"], healed - flow["start"]
    gaps = [(each["at"] + each["seconds"], each["seconds"]) for each in flow["gaps"]]
    return {
        "gap": max((seconds for end, seconds in gaps if end < healed_at), default=0.0),
        "gap_on_return": max((seconds for end, seconds in gaps if end >= healed_at), default=0.0),
        "cut_at": round(cut_at, 3),
        "healed_at": round(healed_at, 3),
        "sent": flow["sent"],
        "received": flow["received"],
        "rtt_ms": flow["rtt_ms"],
        "bins": flow["bins"],
    }


def judge_failover(measured: Mapping[str, Any]) -> bool:
    """Traffic went on by another tunnel within 2 s, and came back to the preferred one within 10 s without a longer silence."""
    moved = bool(measured["during"]) and measured["received"] > 0
    back = measured["returned"] is not None and measured["returned"] <= MOST_RETURN
    return moved and back and 0 < measured["gap"] <= MOST_GAP and measured["gap_on_return"] <= MOST_GAP


def _returned(context: Context, preferred: str) -> float | None:
    clock = context.ports.clock
    begun = clock.monotonic()
    while clock.monotonic() - begun < MOST_RETURN:
        if centre_by(context, gateway_state(context)) == [preferred]:
            return round(clock.monotonic() - begun, 2)
        clock.sleep(0.1)
    return None
