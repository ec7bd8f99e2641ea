"""What gate G6 asks of the overlay, by probe: each check measures through ports, and a pure predicate judges what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from retailops.ports import Json
from retailops.run.stage import Context, Found, Handler
from retailops.wan import failover, matrix, paths, services

GATE = "G6"
FRESH = timedelta(days=7)

Measured = dict[str, Json]


@dataclass(frozen=True)
class Check:
    """`measure` asks the world and returns JSON; `judge` says from that alone whether it will do."""

    what: str
    measure: Callable[[Context], Measured]
    judge: Callable[[Mapping[str, Json]], bool]
    kind: str = ""

    def handler(self, context: Context, _params: Mapping[str, Any]) -> Json:
        """Evidence of this check."""
        measured = self.measure(context)
        ok = self.judge(measured)
        context.on_line(f"{self.what}: {'yes' if ok else 'no'}")
        return {"evidence": [Found(GATE, self.kind, ok, measured, FRESH).to_json()]}


def _checks(**checks: Check) -> dict[str, Check]:
    return {kind: Check(check.what, check.measure, check.judge, kind) for kind, check in checks.items()}


CHECKS: Mapping[str, Check] = _checks(
    identity=Check("the hubs know the gateway by the key that it made", paths.measure_identity, paths.judge_identity),
    overlay=Check("tunnels are up on enough lines", paths.measure_overlay, paths.judge_overlay),
    routing=Check("BGP and BFD are up on each tunnel", paths.measure_routing, paths.judge_routing),
    zones=Check("zones reach what they may and nothing else", matrix.measure_zones, matrix.judge_zones),
    services=Check("leases, names and time with every line cut", services.measure_services, services.judge_services),
    failover=Check("a cut line is left, and taken again, in time", failover.measure_failover, failover.judge_failover),
)
"""Kind of evidence -> check, in the order in which they are tried."""

HANDLERS: Mapping[str, Handler] = {f"wan.{kind}": check.handler for kind, check in CHECKS.items()}
