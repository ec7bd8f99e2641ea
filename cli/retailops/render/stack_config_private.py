"""Stack configuration of a private cloud: from fleet.yaml to `private:…` values."""

from __future__ import annotations

import json
from typing import Any

from retailops.addressing import STORE_RANGES
from retailops.errors import RetailopsError
from retailops.model.chain import FleetFile
from retailops.model.clouds import Cloud

_LEFT_OUT = {"password"}


def private_config(chain: FleetFile, cloud: Cloud) -> dict[str, str]:
    """The plain configuration of a private cloud's stack, `private:<key>` -> text; lists and mappings are JSON.

    Passwords are not in it: `private_secrets` names them. Raises `RetailopsError` for a cloud that describes nothing to make.
    """
    if cloud.kind != "private" or not cloud.has_stack:
        raise RetailopsError(
            f"cloud {cloud.id} describes no private platform",
            resolution="Give it kind: private and services, teams or nodePool in fleet.yaml.",
        )
    lab = chain.environment == "lab"
    values = {
        "cloud": cloud.id,
        "owner": cloud.owner or "",
        "costCentre": cloud.cost_centre or "",
        # A lab's cluster has no storage class: what is kept lies on the node's disk.
        "storage": "host" if lab else "claim",
        "callers": _json([str(prefix) for prefix in (*chain.wan.centre, *STORE_RANGES)]),
        "hubs": _json(hubs(chain)),
        "services": _json([service.model_dump(exclude=_LEFT_OUT) for service in cloud.services]),
        "teams": _json([team.model_dump() for team in cloud.teams]),
        "machines": _json(_machines(cloud)) if cloud.node_pool and cloud.node_pool.image else "",
    }
    return {f"private:{key}": value for key, value in values.items() if value}


def private_secrets(cloud: Cloud) -> dict[str, str]:
    """Configuration key -> reference to its secret, for services that have one."""
    return {f"private:{item.id}Password": item.password for item in cloud.services if item.password}


def hubs(chain: FleetFile) -> dict[str, str]:
    """Every hub, `<region>-<hub>`, by the first of its addresses."""
    return {
        f"{region.id}-{hub.id}": str(next(iter(hub.endpoints.values())))
        for region in chain.regions
        for hub in region.hubs
        if hub.endpoints
    }


def _machines(cloud: Cloud) -> dict[str, Any]:
    pool = cloud.node_pool
    assert pool
    return {
        "provider": cloud.provider,
        "name": f"{cloud.id}-node",
        "machine": pool.machine,
        "image": pool.image,
        "size": pool.minimum,
        "place": pool.place,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
