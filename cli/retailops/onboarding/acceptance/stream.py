"""A running flow from the POS network to the centre while a line goes black, and its return."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from retailops.edge import till
from retailops.onboarding.acceptance.found import result
from retailops.onboarding.acceptance.lines import cut, settle
from retailops.ports import Host, Json, Reading
from retailops.render.plugs import tunnels
from retailops.run.stage import Context
from retailops.wan.paths import measure_routing

BEFORE, BLACK, AFTER = 0.5, 2.0, 2.0
INTERVAL = 0.02
MOST_SECONDS = 2.0


def failover_flow(context: Context, _params: Mapping[str, Any]) -> Json:
    """The preferred line goes black under one TCP stream of the POS network and comes back; the worst wait is measured."""
    settle(context)
    measure_routing(context)
    uplink = tunnels(context.design, context.site)[0].uplink
    pos = till.pos(context.site)
    flow = {"line": uplink, "from": pos.name, **_trial(context, pos, uplink), "cut_seconds": BLACK}
    ok = flow["answered"] > 0 and flow["worst"] <= MOST_SECONDS
    return result("failover_flow", ok, {**flow, "most_seconds": MOST_SECONDS})


def _trial(context: Context, pos: Host, uplink: str) -> dict[str, Json]:
    host, port = till.centre(context.design)
    seconds = BEFORE + BLACK + AFTER
    args = {"host": host, "port": port, "path": till.HEALTH, "seconds": seconds, "interval": INTERVAL}
    clock = context.ports.clock
    with ThreadPoolExecutor(1) as pool:
        flow = pool.submit(context.ports.prober.read, pos, Reading("flow", args, timeout=seconds + 20))
        clock.sleep(BEFORE)
        with cut(context, [uplink]):
            clock.sleep(BLACK)
        return flow.result()
