"""Stack configuration of a store: from its design to `edge:…` values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from retailops.errors import RetailopsError
from retailops.model import TILL, StoreDesign, Workload
from retailops.model.format_rules import rooms

TILL_IMAGE = "retailops.local/till:1.1.0"
TILL_PORT = 8080
TILL_USER = 10001
_HQ = 10
"""The centre's service host in the centre's first network."""


def edge_stack_config(design: StoreDesign, *, image: str = TILL_IMAGE) -> dict[str, str]:
    """The plain configuration of a store's edge stack, `edge:<key>` -> text; lists and mappings are JSON.

    Raises `RetailopsError` without a cluster box.
    """
    if not design.tills:
        raise RetailopsError(f"{design.id} has no box for a cluster", resolution="Choose a format with servers.")
    centre = design.wan.centre[0]
    till = next((work for work in design.workloads if work.id == TILL), None) or Workload(id=TILL)
    others = [work for work in design.workloads if work.id != TILL]
    room = rooms(design.format)
    values = {
        "store": design.id,
        "generation": str(design.store.generation),
        "image": image,
        "centre": f"http://{centre[_HQ]}:{TILL_PORT}",
        "centreRange": str(centre),
        "tills": _json([{"node": box.host, "address": str(box.address)} for box in design.tills]),
        "user": str(TILL_USER),
        "posRange": str(design.numbers.zone("pos")),
        "edgeRange": str(design.numbers.zone("edge")),
        "owner": f"{design.chain.id}-platform",
        "costCentre": f"store-{design.id}",
        "tillCpuMillis": str(till.cpu_millis),
        "tillCpuAsked": str(till.asks[0]),
        "tillMemoryMib": str(till.memory_mib),
        "workloads": _json([_workload(design, work) for work in others]) if others else "",
        "room": _json({"cpu": sum(each.cpu for each in room), "memory": sum(each.memory for each in room)})
        if room
        else "",
    }
    return {f"edge:{key}": value for key, value in values.items() if value}


def _workload(design: StoreDesign, work: Workload) -> dict[str, Any]:
    """As `retailops_stacks.edge.workload.WorkloadArgs` takes it: zones are ranges by now."""
    return {
        "id": work.id,
        "image": work.image,
        "data_class": work.data_class,
        "cpu": work.cpu_millis,
        "cpu_asked": work.asks[0],
        "memory": work.memory_mib,
        "replicas": work.replicas,
        "ports": list(work.ports),
        "health": work.health,
        "callers": [cidr for caller in work.callers for cidr in _ranges(design, caller)],
        "reaches": [
            {"ranges": _ranges(design, reach.to), "protocol": reach.protocol.upper(), "ports": list(reach.ports)}
            for reach in work.reaches
        ],
        "environment": dict(work.environment),
        "secrets": dict(work.secrets),
        "scratch": work.scratch_mib or 0,
    }


def edge_secrets(config: Mapping[str, str]) -> dict[str, str]:
    """Configuration key -> reference to its secret, of the workloads in a store's configuration."""
    return {
        f"edge:{work['id']}.{name}": reference
        for work in json.loads(config.get("edge:workloads") or "[]")
        for name, reference in work["secrets"].items()
    }


def _ranges(design: StoreDesign, name: str) -> list[str]:
    if name == "centre":
        return [str(prefix) for prefix in design.wan.centre]
    return ["0.0.0.0/0"] if name == "internet" else [str(design.numbers.zone(name))]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
