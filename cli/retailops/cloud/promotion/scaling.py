"""Scaling a stack out for a promotion and back in, by its own engine: recorded before it begins, proved when it is done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from retailops.cloud.promotion.burst import Burst, Scale
from retailops.errors import GateNotMet, RetailopsError, UsageError
from retailops.model.writing import write_whole
from retailops.ports import Evidence, Json, OnLine, Ports, StackRequest

GATE = "burst"
PATIENCE = 60.0
State = Literal["starting", "started", "ending", "ended"]


@dataclass(frozen=True)
class Running:
    """What is known of a promotion's burst; kept in `.retailops/bursts/<event>.json`. `attempt` counts its starts."""

    event: str
    cloud: str
    stack: str
    state: State
    nodes: int
    replicas: int
    attempt: int


def known(folder: Path, event: str) -> Running | None:
    """Raises `RetailopsError` for a record that can't be read."""
    path = folder / f"{event}.json"
    try:
        return Running(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise RetailopsError(
            f"{path} can't be read", details=str(error), resolution="Remove it, and plan anew."
        ) from error


def standing(folder: Path, cloud: str) -> Mapping[str, str]:
    """The config (`size`, `replicas`) that a burst under way asks of a cloud's stack; whoever applies it must not scale it in."""
    for path in sorted(folder.glob("*.json")):
        running = known(folder, path.stem)
        if running and running.cloud == cloud and running.state in ("starting", "started"):
            return {"size": str(running.nodes), "replicas": str(running.replicas)}
    return {}


def start(ports: Ports, burst: Burst, request: StackRequest, project: str, folder: Path, on_line: OnLine) -> Evidence:
    """Scales out and proves it; a call after a death goes on. Raises `GateNotMet` where a node does not serve."""
    for other in _all(folder):
        if other.event != burst.event and other.cloud == burst.cloud and other.state != "ended":
            raise UsageError(f"burst {other.event} is {other.state} on {burst.cloud}", resolution="End it first.")
    before = known(folder, burst.event)
    goes_on = before is not None and before.state in ("starting", "started")
    attempt = (before.attempt if before else 0) + (0 if goes_on else 1)
    running = Running(
        burst.event, burst.cloud, request.stack, "starting", burst.wanted.nodes, burst.wanted.replicas, attempt
    )
    _write(folder, running)
    begun = ports.clock.monotonic()
    outputs = ports.stacks.up(_scaled(request, project, burst.wanted), on_line).outputs
    payload = _proof(ports, outputs, burst.wanted)
    payload["seconds"] = round(ports.clock.monotonic() - begun, 1)
    kept = ports.evidence.append(_evidence(ports, burst, running, "ready", payload))
    if not payload["ok"]:
        raise GateNotMet(
            f"burst {burst.event}: not every node serves: {payload['silent'] or 'fewer nodes than wanted'}",
            resolution="Look at the nodes, then run the same command again.",
        )
    _write(folder, replace(running, state="started"))
    return kept


def end(ports: Ports, burst: Burst, request: StackRequest, project: str, folder: Path, on_line: OnLine) -> Evidence:
    """Scales in to a usual day's size; the provider drains each node before it takes it away."""
    running = known(folder, burst.event)
    if running is None:
        raise UsageError(
            f"burst {burst.event} was never started", resolution=f"retailops cloud burst start {burst.event}"
        )
    _write(folder, replace(running, state="ending"))
    begun = ports.clock.monotonic()
    outputs = ports.stacks.up(_scaled(request, project, burst.usual), on_line).outputs
    payload = _proof(ports, outputs, burst.usual)
    payload["seconds"] = round(ports.clock.monotonic() - begun, 1)
    kept = ports.evidence.append(_evidence(ports, burst, running, "ended", payload))
    _write(folder, replace(running, state="ended"))
    return kept


def _scaled(request: StackRequest, project: str, scale: Scale) -> StackRequest:
    own = {f"{project}:size": str(scale.nodes), f"{project}:replicas": str(scale.replicas)}
    return replace(request, config={**request.config, **own})


def _proof(ports: Ports, outputs: Mapping[str, Json], wanted: Scale) -> dict[str, Any]:
    """The outputs `nodes` (names) and `endpoints` (a URL on each) are the stack's word; the answers are the world's.

    A program without `endpoints` has nothing to be asked: `answers` is then empty, and only the provider says that nodes are Ready.
    """
    nodes, endpoints = list(outputs.get("nodes") or ()), list(outputs.get("endpoints") or ())
    answers = {url: _asked(ports, url) for url in endpoints}
    silent = [url for url, status in answers.items() if status != 200]
    ok = len(nodes) == wanted.nodes and len(endpoints) in (0, wanted.nodes) and not silent
    return {"ok": ok, "nodes": nodes, "answers": answers, "silent": silent, "replicas": wanted.replicas}


def _asked(ports: Ports, url: str) -> int:
    assert ports.web is not None
    limit = ports.clock.monotonic() + PATIENCE
    while True:
        status = ports.web.status(url, 3.0)
        if status == 200 or ports.clock.monotonic() > limit:
            return status
        ports.clock.sleep(0.5)


def _evidence(ports: Ports, burst: Burst, running: Running, kind: str, payload: dict[str, Any]) -> Evidence:
    return Evidence(
        store=f"cloud-{burst.cloud}",
        stage=f"burst-{burst.event}",
        attempt=running.attempt,
        gate=GATE,
        kind=kind if payload["ok"] else f"{kind}-failed-{ports.clock.now():%Y%m%dT%H%M%S}",
        form="probe",
        ok=bool(payload["ok"]),
        by="retailops",
        at=ports.clock.now(),
        expires=None,
        digest="",
        payload=payload,
        world=ports.world,
    )


def _all(folder: Path) -> list[Running]:
    return [found for path in sorted(folder.glob("*.json")) if (found := known(folder, path.stem))]


def _write(folder: Path, running: Running) -> None:
    """On disk when it returns."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{running.event}.json", json.dumps(vars(running), indent=2))
