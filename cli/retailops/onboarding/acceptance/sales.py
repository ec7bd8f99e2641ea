"""Sales as acceptance tries them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailops.edge.sales import sell, sell_offline
from retailops.onboarding.acceptance.found import result
from retailops.onboarding.acceptance.lines import settle
from retailops.ports import Json
from retailops.run.stage import Context


def sale(context: Context, _params: Mapping[str, Any]) -> Json:
    """A sale from the POS network, and its arrival at the centre."""
    settle(context)
    ok, payload = sell(context)
    return result("sale", ok, payload)


def sale_offline(context: Context, _params: Mapping[str, Any]) -> Json:
    """A sale with every line cut, and its arrival afterwards, once."""
    settle(context)
    ok, payload = sell_offline(context)
    return result("sale_offline", ok, payload)
