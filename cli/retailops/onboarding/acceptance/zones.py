"""The zone matrix once more, now that everything runs that could answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailops.onboarding.acceptance.found import result
from retailops.onboarding.acceptance.lines import settle
from retailops.ports import Json
from retailops.run.stage import Context
from retailops.wan.matrix import judge_zones, measure_zones


def zone_matrix(context: Context, _params: Mapping[str, Any]) -> Json:
    """Tried from a device in each zone, from the centre and from the internet; wrong answers are named one by one."""
    settle(context)
    measured = measure_zones(context)
    return result("zone_matrix", judge_zones(measured), measured)
