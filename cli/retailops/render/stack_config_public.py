"""Stack configuration of a public cloud: from fleet.yaml to `public:…` values."""

from __future__ import annotations

import json
from typing import Any

from retailops.addressing import STORE_RANGES
from retailops.errors import RetailopsError
from retailops.model.chain import FleetFile
from retailops.model.clouds import Cloud
from retailops.render.policy_settings import policy_settings
from retailops.render.stack_config_private import hubs


def public_config(chain: FleetFile, cloud: Cloud) -> dict[str, str]:
    """The plain configuration of a public cloud's stack, `public:<key>` -> text, and what policies have to know; lists and
    mappings are JSON.

    Raises `RetailopsError` for a cloud that describes no nodes.
    """
    pool = cloud.node_pool
    if cloud.kind != "public" or pool is None or not {"nodes", "pods", "services"} <= cloud.prefixes.keys():
        raise RetailopsError(
            f"cloud {cloud.id} describes no public region",
            resolution="Give it kind: public, region, zones, prefixes (nodes, pods, services) and nodePool in fleet.yaml.",
        )
    values = {
        "cloud": cloud.id,
        "provider": cloud.provider,
        "region": cloud.region or "",
        "centre": f"organization/private/{cloud.centre}" if cloud.centre else "",
        "owner": cloud.owner or "",
        "costCentre": cloud.cost_centre or "",
        "zones": _json(list(cloud.zones)),
        "prefix": str(cloud.prefixes["nodes"]),
        "pods": str(cloud.prefixes["pods"]),
        "services": str(cloud.prefixes["services"]),
        "version": cloud.version or "",
        "machine": pool.machine,
        "minimum": str(pool.minimum),
        "maximum": str(pool.maximum),
        "size": str(pool.minimum),
        "buckets": _json(
            [{"name": f"{chain.chain.id}-{cloud.id}-{b.id}", "data_class": b.data_class} for b in cloud.buckets]
        ),
        "database": _json(cloud.database.model_dump()) if cloud.database else "",
        "front": _json(cloud.front.model_dump()) if cloud.front else "",
        "replicas": str(cloud.front.replicas) if cloud.front else "",
        "hubs": _json(hubs(chain)),
        "behind": _json([str(prefix) for prefix in (*chain.wan.centre, *STORE_RANGES)]),
        "budget": _json(_budget(chain, cloud)) if cloud.budget else "",
    }
    return {f"public:{key}": value for key, value in values.items() if value} | policy_settings(chain, cloud)


def _budget(chain: FleetFile, cloud: Cloud) -> dict[str, Any]:
    assert cloud.budget
    contact = next((word for word in (chain.chain.contact or "").split() if "@" in word), "")
    return {**cloud.budget.model_dump(), "contact": contact}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
