"""The plane's two stages: keys first, then everything that needs them."""

from __future__ import annotations

from retailops.run.stage import Handler, Stage
from retailops.wan.act import converge, make_keys
from retailops.wan.decide import decide_keys, decide_wan
from retailops.wan.facts import WanFacts, read_wan
from retailops.wan.probes import CHECKS, GATE

_PROBES: dict[str, Handler] = {f"wan.{kind}": check.handler for kind, check in CHECKS.items()}

ENROLL: Stage[WanFacts] = Stage("enroll", None, read_wan, decide_keys, {"wan.keys": make_keys})
WAN: Stage[WanFacts] = Stage("wan", GATE, read_wan, decide_wan, {"wan.hub": converge, "wan.store": converge, **_PROBES})
