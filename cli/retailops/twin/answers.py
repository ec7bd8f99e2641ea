"""What simulated hosts answer, by the name of the probe."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from retailops.model import StoreDesign
from retailops.ports import Host, Json
from retailops.render.wan_services import store_names
from retailops.twin import network, sales
from retailops.twin.machines import boot, machine, node_state, played
from retailops.twin.network import Documents
from retailops.twin.world import CENTRE

GAP = 0.42
"""Seconds that a flow waits when one of several lines is cut; made up, and marked SIMULATED wherever it shows."""


@dataclass(frozen=True)
class Question:
    """`now` is UTC in seconds; `design` is that of the store in question."""

    documents: Documents
    design: StoreDesign
    host: Host
    args: Mapping[str, Any]
    now: float

    @property
    def own(self) -> dict[str, Any]:
        """The document that the host's record is in."""
        return self.documents[self.host.store or CENTRE]


Answer = dict[str, Json]


def _boot(question: Question) -> Answer:
    return {"boot": boot(question.own, question.host.name), "time": question.now}


def _node_state(question: Question) -> Answer:
    return node_state(question.own, question.host.name, question.args)


def _wan_state(question: Question) -> Answer:
    return network.wan_state(question.documents, question.design, question.host.name)


def _web(question: Question) -> Answer:
    return sales.web(question.documents, question.design, question.host.name, question.args)


def _passage(question: Question) -> Answer:
    source = question.host.zone or {"hub": "internet", "centre": "centre"}.get(question.host.role, "edge")
    checks = question.args["checks"]
    return {check["id"]: network.outcome(question.documents, question.design, source, check) for check in checks}


def _flow(question: Question) -> Answer:
    seconds, step = float(question.args["seconds"]), 0.5
    if not network.connected(question.documents, question.design):
        return {"asked": 100, "answered": 0, "worst": seconds, "worst_at": seconds, "series": []}
    series = [[round(n * step, 3), 0.02] for n in range(1, int(seconds / step))]
    series.insert(3, [1.02 + GAP, GAP])
    return {"asked": 300, "answered": 300, "worst": GAP, "worst_at": 1.02 + GAP, "series": sorted(series)}


def _ping_flow(question: Question) -> Answer:
    count = int(float(question.args["seconds"]) / question.args.get("interval", 0.005))
    up = network.connected(question.documents, question.design)
    gap = {"at": 1.0, "seconds": GAP, "lost": 80}
    return {
        "start": question.now,
        "sent": count,
        "received": count - 80 if up else 0,
        "largest_gap": GAP if up else float(question.args["seconds"]),
        "gaps": [gap],
        "rtt_ms": {"median": 8.0, "p95": 11.0, "max": 19.0},
        "bins": [[0.0, 10, 10], [1.0, 10, 0], [1.5, 10, 10]],
    }


def _store_services(question: Question) -> Answer:
    """What the store's gateway serves by itself, so cut lines don't matter."""
    args, design = question.args, question.design
    right = {f"{name}.{design.domain}": str(address) for name, address in store_names(design)}
    zone = design.zones[question.host.zone or "pos"]
    reserved = {device.host: device.address for device in design.devices}.get(question.host.name)
    gateway, address = str(zone.gateway), str(reserved or zone.prefix[-20])
    lease = {"address": address, "router": gateway, "dns": gateway, "time": gateway}
    return {
        "names": {name: right.get(name) for name in (args.get("names") or {"names": []})["names"]},
        "time": {"offset": 0.0, "stratum": 3} if args.get("time") else None,
        "lease": lease if args.get("lease") else None,
    }


def _logins(_question: Question) -> Answer:
    return {"ssh_passwords": False, "ssh_methods": ["publickey"], "defaults": []}


def _command(question: Question) -> Answer:
    return {"code": 0, "stdout": f"SIMULATED: {' '.join(question.args['argv'])}\n", "stderr": ""}


def _edge_state(question: Question) -> Answer:
    """A cluster as the play left it; it has no secret but those that are encrypted."""
    own = machine(question.own, question.host.name)
    ready = played(question.own, question.host.name, "edge")
    mark = json.loads(own["texts"].get("/etc/rancher/k3s/.retailops", "{}"))
    address = str(next(box.address for box in question.design.boxes if box.host == question.host.name))
    node = {"name": question.host.name, "ready": True, "version": mark.get("version"), "address": address}
    return {
        "version": mark.get("version"),
        "binary_sha256": own["files"].get("/usr/local/bin/k3s"),
        "mark": mark or None,
        "nodes": [node] if ready else [],
        "certificates": [{"path": "simulated.crt", "days": 364.0, "ends": "2027-11-21T00:00:00Z"}] if ready else [],
        "least_days": 364.0 if ready else 0,
        "secrets": {"encrypted": ready, "found": 3 if ready else 0, "plain": []},
        "backup": {"ok": ready, "integrity": "ok", "rows": 250, "names": 200, "bytes": 1_000_000, "seconds": 0.1},
        "kubeconfig": {"mode": "0600", "owner": 0},
        "images": [],
        "clock": question.now,
    }


def _workloads(question: Question) -> Answer:
    if "edge" not in question.own.get("stacks", {}):
        return {"deployments": [], "pods": [], "images": []}
    image, place = "retailops.local/till:simulated", {"namespace": "till", "name": "till"}
    pod = {**place, "phase": "Running", "ready": True, "restarts": 0, "images": [[image, "Never"]]}
    return {"deployments": [{**place, "wanted": 1, "ready": 1}], "pods": [pod], "images": [image]}


ANSWERS: Mapping[str, Callable[[Question], Answer]] = {
    "boot": _boot,
    "edge_state": _edge_state,
    "command": _command,
    "flow": _flow,
    "logins": _logins,
    "node_state": _node_state,
    "ping_flow": _ping_flow,
    "passage": _passage,
    "store_services": _store_services,
    "wan_state": _wan_state,
    "web": _web,
    "workloads": _workloads,
}
