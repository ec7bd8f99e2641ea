"""The stage `edge`: the store's node runs the pinned cluster with the configuration of its design, and proves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from retailops.edge import cluster_probes
from retailops.edge.artifacts import Artifacts, read_artifacts
from retailops.edge.node import Node, node_of
from retailops.model import StoreDesign
from retailops.plan import Action, Noop, file_diffs
from retailops.ports import Json, Play, Reading, Site
from retailops.run.stage import Context, Handler, Proven, Stage

PLANE = "edge"
GATE = cluster_probes.GATE


@dataclass(frozen=True)
class EdgeFacts:
    """What the node has: `files` path -> SHA-256 or None, `inactive` units, `unsettled` files of a play that was cut off."""

    artifacts: Artifacts
    files: Mapping[str, str | None]
    inactive: tuple[str, ...]
    unsettled: tuple[str, ...]


def read(context: Context) -> EdgeFacts:
    """One question to the node."""
    artifacts = read_artifacts(context.ports.artifacts)
    node = node_of(context.design, context.site, artifacts)
    args = {"files": [*sorted(node.files), *sorted(node.installed)], "units": list(node.units)}
    answer = context.ports.prober.read(node.host, Reading("node_state", args, timeout=60))
    inactive = tuple(unit for unit, state in answer["units"].items() if state["active"] != "active")
    return EdgeFacts(artifacts, answer["files"], inactive, tuple(answer["unsettled"]))


def decide(design: StoreDesign, site: Site, facts: EdgeFacts, known: Proven) -> Iterator[Action | Noop]:
    """One converge where anything differs; probes again after it."""
    if design.planes.edge == "absent":
        yield Noop(PLANE, "edge.node", design.id, "the plane is absent")
        return
    node = node_of(design, site, facts.artifacts)
    item = _converge(design, node, facts)
    yield item
    yield from cluster_probes.decide(design, known, isinstance(item, Action))


def _converge(design: StoreDesign, node: Node, facts: EdgeFacts) -> Action | Noop:
    if design.planes.edge == "observed":
        return Noop(PLANE, "edge.node", node.host.name, "the plane is observed: probed, never changed")
    diff = file_diffs(node.files, facts.files)
    reasons = [*_reasons(node, facts, len(diff))]
    if not reasons:
        what = f"{len(node.files)} files, {len(node.installed)} pinned artefacts and {len(node.units)} units are right"
        return Noop(PLANE, "edge.node", node.host.name, what)
    return Action(PLANE, "edge.node", node.host.name, "; ".join(reasons), {"host": node.host.name}, diff)


def _reasons(node: Node, facts: EdgeFacts, differing: int) -> Iterator[str]:
    if differing:
        yield f"{differing} files are missing or differ"
    others = [path for path, digest in node.installed.items() if facts.files.get(path) != digest]
    if others:
        yield f"not as pinned: {', '.join(sorted(others))}"
    if facts.inactive:
        yield f"not running: {', '.join(facts.inactive)}"
    if cut_off := sorted(set(facts.unsettled) & set(node.files)):
        yield f"an earlier play was cut off after writing {len(cut_off)} files"


def converge(context: Context, params: Mapping[str, Any]) -> Json:
    """The node is brought to its files, its artefacts and its unit by the role."""
    node = node_of(context.design, context.site, read_artifacts(context.ports.artifacts))
    play = Play("edge", {"servers": (node.host,)}, {node.host.name: node.files}, {node.host.name: node.variables})
    result = context.ports.configurator.play(play, context.on_line)
    return {"changed": list(result.changed.get(params["host"], ())), "seconds": round(result.seconds, 2)}


HANDLERS: Mapping[str, Handler] = {"edge.node": converge, **cluster_probes.HANDLERS}

EDGE: Stage[EdgeFacts] = Stage("edge", GATE, read, decide, HANDLERS)
