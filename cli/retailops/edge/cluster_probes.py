"""What gate G7 asks of a store's cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from retailops.edge.artifacts import Artifacts, read_artifacts
from retailops.edge.installation import mark
from retailops.edge.node import pins_of
from retailops.edge.wanted import server_host
from retailops.model import StoreDesign
from retailops.plan import Action, Noop
from retailops.ports import Json, Reading
from retailops.run.stage import Context, Found, Handler, Proven

GATE = "G7"
PLANE = "edge"
FRESH = timedelta(days=7)
LEAST_DAYS = 120
READY_SECONDS = 40.0
State = Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """`judge` says from the node's answer alone whether it will do, and what of it is worth keeping."""

    what: str
    judge: Callable[[State, StoreDesign, Artifacts], tuple[bool, dict[str, Json]]]


def _nodes(state: State, design: StoreDesign, _artifacts: Artifacts) -> tuple[bool, dict[str, Json]]:
    wanted = {box.host: str(box.address) for box in design.boxes if box.cluster}
    ready = {node["name"]: node["address"] for node in _listed(state, "nodes") if node["ready"]}
    return ready == wanted, {"ready": ready, "planned": wanted, **_error(state, "nodes")}


def _version(state: State, _design: StoreDesign, artifacts: Artifacts) -> tuple[bool, dict[str, Json]]:
    running = sorted({node["version"] for node in _listed(state, "nodes")})
    pinned = mark(pins_of(artifacts), artifacts)
    right = running == [pinned["version"]] and state["binary_sha256"] == pinned["binary"]
    found = {"running": running, "sha256": state["binary_sha256"], "mark": state["mark"]}
    return right, {**found, "pinned": dict(pinned)}


def _certificates(state: State, _design: StoreDesign, _artifacts: Artifacts) -> tuple[bool, dict[str, Json]]:
    """The least of them counts, the authorities' own among them."""
    lives = _listed(state, "certificates")
    first = min(lives, key=lambda each: each["days"], default=None)
    payload = {"certificates": len(lives), "least_days": state["least_days"], "first_to_end": first}
    return state["least_days"] > LEAST_DAYS, {**payload, "wanted_days": LEAST_DAYS, **_error(state, "certificates")}


def _secrets(state: State, _design: StoreDesign, _artifacts: Artifacts) -> tuple[bool, dict[str, Json]]:
    return bool(state["secrets"].get("encrypted")), dict(state["secrets"])


def _backup(state: State, _design: StoreDesign, _artifacts: Artifacts) -> tuple[bool, dict[str, Json]]:
    return bool(state["backup"].get("ok")), dict(state["backup"])


def _listed(state: State, part: str) -> list[dict[str, Any]]:
    """A part that is a list, empty where the node says that it could not be had."""
    return state[part] if isinstance(state[part], list) else []


def _error(state: State, part: str) -> dict[str, Json]:
    return dict(state[part]) if isinstance(state[part], dict) else {}


CHECKS: Mapping[str, Check] = {
    "nodes": Check("nodes are ready as planned", _nodes),
    "version": Check("version and digest are the pinned ones", _version),
    "certificates": Check("certificates last more than 120 days", _certificates),
    "secrets_encrypted": Check("secrets are encrypted at rest", _secrets),
    "backup": Check("a backup was restored to scratch", _backup),
}
"""Kind of evidence -> check."""


def decide(design: StoreDesign, known: Proven, changing: bool) -> Iterator[Action | Noop]:
    """All of them are asked at once, where one isn't proven or the node was changed."""
    missing = [kind for kind in CHECKS if (GATE, kind) not in known]
    if missing or changing:
        why = f"not shown yet: {', '.join(missing)}" if missing else "shown before the change"
        yield Action(PLANE, "edge.probe", design.id, why)
    else:
        yield Noop(PLANE, "edge.probe", design.id, f"shown: {', '.join(CHECKS)}")


def probe(context: Context, _params: Mapping[str, Any]) -> Json:
    """Asks until the nodes are ready and secrets are there to look at, then judges everything from that one answer."""
    artifacts, clock = read_artifacts(context.ports.artifacts), context.ports.clock
    start = clock.monotonic()
    while True:
        state = _state(context)
        waited = clock.monotonic() - start
        if all(CHECKS[kind].judge(state, context.design, artifacts)[0] for kind in CHECKS) or waited > READY_SECONDS:
            return {"evidence": [_found(context, kind, state, artifacts) for kind in CHECKS]}
        clock.sleep(1.0)


def _state(context: Context) -> State:
    return context.ports.prober.read(server_host(context.design, context.site), Reading("edge_state", timeout=120))


def _found(context: Context, kind: str, state: State, artifacts: Artifacts) -> Json:
    ok, payload = CHECKS[kind].judge(state, context.design, artifacts)
    context.on_line(f"  {CHECKS[kind].what}: {'yes' if ok else 'no'}")
    return Found(GATE, kind, ok, payload, FRESH).to_json()


HANDLERS: Mapping[str, Handler] = {"edge.probe": probe}
