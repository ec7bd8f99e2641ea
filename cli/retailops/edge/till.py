"""The till as the POS network sees it, and what has arrived of its sales at the centre."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from retailops.edge.wanted import server_box
from retailops.errors import RetailopsError, ToolError
from retailops.model import StoreDesign
from retailops.ports import Host, Json, Prober, Reading, Site

PORT = 8080
HEALTH = "/healthz"
SKU = "ACCEPTANCE"
OFFSET_OF_HQ = 10
"""The centre's service host in the centre's first network."""


@dataclass(frozen=True)
class Sold:
    """`receipt` is the sale's id in the whole chain, empty where the till refused; `seconds` until the receipt."""

    ok: bool
    receipt: str
    seconds: float
    said: str = ""

    def to_json(self) -> dict[str, Json]:
        return {"receipt": self.receipt, "seconds": round(self.seconds, 3), "said": self.said}


def node(design: StoreDesign) -> tuple[str, int]:
    """Where the till listens: the first server's address."""
    return str(server_box(design).address), PORT


def centre(design: StoreDesign) -> tuple[str, int]:
    """Where sales arrive."""
    return str(design.wan.centre[0][OFFSET_OF_HQ]), PORT


def pos(site: Site) -> Host:
    """A device on the POS network, to sell from."""
    for host in site.hosts:
        if host.role == "device" and host.zone == "pos" and host.store == site.store:
            return host
    raise RetailopsError(
        f"{site.store} has no device in zone pos to sell from", resolution="Add one to the store's file."
    )


def sell(prober: Prober, site: Site, design: StoreDesign) -> Sold:
    """One sale of one smallest unit, under a key of its own."""
    sale = {"key": f"acceptance-{uuid.uuid4()}", "lines": [{"sku": SKU, "quantity": 1, "price": 1}]}
    answer = _ask(prober, pos(site), node(design), "/sale", sale)
    body = answer.get("body")
    if answer["status"] in (200, 201) and isinstance(body, dict):
        return Sold(True, str(body["id"]), answer["seconds"])
    return Sold(False, "", answer["seconds"], str(answer.get("error") or f"{answer['status']} {body}")[:300])


def answers(prober: Prober, site: Site, design: StoreDesign) -> bool:
    """Whether the till says from the POS network that it is well; a host that is away is no error here."""
    try:
        return bool(_ask(prober, pos(site), node(design), HEALTH)["status"] == 200)
    except ToolError:
        return False


def queue(prober: Prober, site: Site, design: StoreDesign) -> Mapping[str, Json]:
    """The till's own account: `{sales, waiting, forwarded, refused, ...}`, empty where it does not answer."""
    body = _ask(prober, pos(site), node(design), "/queue").get("body")
    return body if isinstance(body, dict) else {}


def arrivals(prober: Prober, site: Site, design: StoreDesign, receipt: str) -> int:
    """How many sales with this id the centre has: asked there, not through the store."""
    hq = next(host for host in site.hosts if host.role == "centre")
    query = urlencode({"store": design.id, "id": receipt})
    body = _ask(prober, hq, centre(design), f"/sales?{query}").get("body")
    return int(body["count"]) if isinstance(body, dict) and "count" in body else 0


def _ask(prober: Prober, host: Host, place: tuple[str, int], path: str, body: Json = None) -> dict[str, Json]:
    args = {"url": f"http://{place[0]}:{place[1]}{path}", "body": body, "timeout": 3}
    return prober.read(host, Reading("web", args, timeout=10))
