"""Stack configuration of a store: from its design to `edge:…` values."""

from __future__ import annotations

from retailops.errors import RetailopsError
from retailops.model import StoreDesign

TILL_IMAGE = "retailops.local/till:1.0.0"
TILL_PORT = 8080
TILL_USER = 10001
_HQ = 10
"""The centre's service host in the centre's first network."""


def edge_stack_config(design: StoreDesign, *, image: str = TILL_IMAGE) -> dict[str, str]:
    """The plain configuration of a store's edge stack, `edge:<key>` -> text; raises `RetailopsError` without a cluster box."""
    server = next((box for box in design.boxes if box.cluster == "server"), None)
    if server is None:
        raise RetailopsError(f"{design.id} has no box for a cluster", resolution="Choose a format with servers.")
    centre = design.wan.centre[0]
    till = next((work for work in design.workloads if work.id == "till"), None)
    values = {
        "store": design.id,
        "generation": str(design.store.generation),
        "image": image,
        "centre": f"http://{centre[_HQ]}:{TILL_PORT}",
        "centreRange": str(centre),
        "node": server.host,
        "address": str(server.address),
        "user": str(TILL_USER),
        "posRange": str(design.numbers.zone("pos")),
        "edgeRange": str(design.numbers.zone("edge")),
        "owner": f"{design.chain.id}-platform",
        "costCentre": f"store-{design.id}",
        "tillCpuMillis": str(till.cpu_millis if till else 250),
        "tillMemoryMib": str(till.memory_mib if till else 256),
    }
    return {f"edge:{key}": value for key, value in values.items()}
