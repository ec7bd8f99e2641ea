"""What policies have to know of the fleet, as stack configuration: whoever runs the program hands it on."""

from __future__ import annotations

import json

from retailops.model.chain import FleetFile
from retailops.model.clouds import Cloud
from retailops.model.placement import allowed_regions
from retailops.model.values import DATA_CLASSES


def policy_settings(chain: FleetFile, cloud: Cloud | None = None) -> dict[str, str]:
    """`retailops:placement`, and of a cloud `retailops:region` and `retailops:budget` where it declares them."""
    placement = {data_class: list(allowed_regions(chain, data_class)) for data_class in DATA_CLASSES}
    values = {"placement": _json(placement)}
    if cloud and cloud.region:
        values["region"] = cloud.region
    if cloud and cloud.budget:
        values["budget"] = _json(cloud.budget.model_dump())
    return {f"retailops:{key}": value for key, value in values.items()}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
