"""How the overlay stands on a box: `{}` -> `{tunnels, bgp, bfd, routes, uplinks}`; no private key is ever read.

`tunnels`: interface -> `{public_key, peers: {key: {endpoint, allowed, age, received, sent}}}`, `age` in seconds since the last
handshake or null; `bgp`: neighbour -> `{state, asn, prefixes}`; `bfd`: neighbour -> status; `routes`: prefix -> devices of the best
paths; `uplinks`: device -> `{address, gateway, table}` of the leases' default routes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any


def said(*argv: str) -> str:
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=10).stdout
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ""


def asked(*argv: str) -> Any:
    try:
        return json.loads(said(*argv) or "null")
    except ValueError:
        return None


def rows(interface: str, what: str) -> Iterator[list[str]]:
    for line in said("wg", "show", interface, what).splitlines():
        yield line.split("\t")


def tunnel(interface: str) -> dict[str, Any]:
    now = time.time()
    peers: dict[str, dict[str, Any]] = {}
    for key, endpoint in rows(interface, "endpoints"):
        peers[key] = {"endpoint": None if endpoint == "(none)" else endpoint}
    for key, allowed in rows(interface, "allowed-ips"):
        peers[key]["allowed"] = allowed.split()
    for key, seen in rows(interface, "latest-handshakes"):
        peers[key]["age"] = round(now - int(seen), 1) if int(seen) else None
    for key, received, sent in rows(interface, "transfer"):
        peers[key] |= {"received": int(received), "sent": int(sent)}
    return {"public_key": said("wg", "show", interface, "public-key").strip(), "peers": peers}


def bgp() -> dict[str, Any]:
    summary = (asked("vtysh", "-c", "show bgp ipv4 unicast summary json") or {}).get("peers", {})
    return {
        address: {"state": each.get("state"), "asn": each.get("remoteAs"), "prefixes": each.get("pfxRcd", 0)}
        for address, each in summary.items()
    }


def routes() -> dict[str, list[str]]:
    best = asked("ip", "-j", "-4", "route", "show", "proto", "bgp") or []
    return {each["dst"]: [hop["dev"] for hop in each.get("nexthops", [each]) if "dev" in hop] for each in best}


def uplinks() -> dict[str, Any]:
    leased = asked("ip", "-j", "-4", "route", "show", "table", "all", "default") or []
    found = [each for each in leased if each.get("protocol") == "dhcp" and "dev" in each]
    return {
        each["dev"]: {
            "address": each.get("prefsrc"),
            "gateway": each.get("gateway"),
            "table": each.get("table", "main"),
        }
        for each in found
    }


def state() -> dict[str, Any]:
    bfd = asked("vtysh", "-c", "show bfd peers json") or []
    return {
        "tunnels": {name: tunnel(name) for name in said("wg", "show", "interfaces").split()},
        "bgp": bgp(),
        "bfd": {each["peer"]: each["status"] for each in bfd},
        "routes": routes(),
        "uplinks": uplinks(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(state()))
