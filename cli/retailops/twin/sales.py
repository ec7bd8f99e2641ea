"""The simulated till: it sells when its stack is there, keeps what it can't send, and sends it once the centre answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from retailops.model import StoreDesign
from retailops.twin.machines import played
from retailops.twin.network import Documents, connected
from retailops.twin.sites import HQ
from retailops.twin.world import CENTRE

SECONDS = 0.004
SILENT = {"status": 0, "error": "timed out", "seconds": 3.0}


def deliver(documents: Documents, design: StoreDesign) -> None:
    """What waits at the till goes to the centre, where each id counts once."""
    till = documents[design.id].setdefault("till", {"sold": 0, "waiting": []})
    if till["waiting"] and connected(documents, design) and played(documents[CENTRE], HQ, "centre"):
        arrived = documents[CENTRE].setdefault("sales", {}).setdefault(design.id, [])
        arrived.extend(receipt for receipt in till["waiting"] if receipt not in arrived)
        till["waiting"] = []


def web(documents: Documents, design: StoreDesign, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of the probe of that name, from a device of the store or from the centre."""
    url = urlsplit(args["url"])
    if host == HQ:
        deliver(documents, design)
        return _centre(documents, url.path, url.query)
    deliver(documents, design)
    centre = any(str(url.hostname) == str(prefix[10]) for prefix in design.wan.centre)
    if centre:
        return _centre(documents, url.path, url.query) if connected(documents, design) else dict(SILENT)
    return _till(documents, design, url.path, args.get("body"))


def _till(documents: Documents, design: StoreDesign, path: str, body: Any) -> dict[str, Any]:
    store = documents[design.id]
    till = store["till"]
    if "edge" not in store.get("stacks", {}):
        return dict(SILENT)
    if path == "/sale" and body:
        till["sold"] += 1
        receipt = f"{design.id}/{design.store.generation}/{till['sold']}"
        till["waiting"].append(receipt)
        deliver(documents, design)
        return {"status": 201, "body": {"id": receipt, "store": design.id, "seq": till["sold"]}, "seconds": SECONDS}
    if path == "/queue":
        waiting = len(till["waiting"])
        account = {"store": design.id, "sales": till["sold"], "waiting": waiting, "forwarded": till["sold"] - waiting}
        return {"status": 200, "body": {**account, "refused": []}, "seconds": SECONDS}
    return {"status": 200, "body": {"status": "ok", "version": "simulated"}, "seconds": SECONDS}


def _centre(documents: Documents, path: str, query: str) -> dict[str, Any]:
    if not played(documents[CENTRE], HQ, "centre"):
        return dict(SILENT)
    if path != "/sales":
        return {"status": 200, "body": {"status": "ok", "version": "simulated"}, "seconds": SECONDS}
    asked = {key: values[0] for key, values in parse_qs(query).items()}
    sales = documents[CENTRE].get("sales", {}).get(asked.get("store", ""), [])
    found = [receipt for receipt in sales if asked.get("id") in (None, receipt)]
    return {"status": 200, "body": {"store": asked.get("store"), "count": len(found), "sales": []}, "seconds": SECONDS}
