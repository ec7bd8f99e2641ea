"""What a storage cluster says of itself, asked on a monitor's host with the monitor's own key: `{monitor}` -> its state.

`{made, health, checks: {name: text}, quorum: [name], osds: [{id, uuid, host, rack, room, up, in,
weight, used, size}], groups: {total, clean,
states: {state: count}}, spread: {racks: least racks of any group, rooms: least rooms}, pools: {name: {size, groups, stored, free}},
balance: fullest over emptiest OSD, kept: the rack that a roll has set noout for, version}`; only `made: false` where this host has no monitor.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

PATIENCE = 10


def ask(monitor: str, *words: str) -> Any:
    ring = f"/var/lib/ceph/mon/ceph-{monitor}/keyring"
    argv = ["ceph", "-n", "mon.", "--keyring", ring, "--connect-timeout", str(PATIENCE), "-f", "json", *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=3 * PATIENCE)
    if done.returncode:
        sys.exit(
            f"ceph {' '.join(words)}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no answer'}"
        )
    return json.loads(done.stdout)


def places(nodes: list[dict[str, Any]]) -> dict[int, dict[str, str]]:
    """OSD -> where it stands, by kind of place."""
    by_id = {node["id"]: node for node in nodes}
    found: dict[int, dict[str, str]] = {}

    def walk(node: dict[str, Any], above: dict[str, str]) -> None:
        here = {**above, node["type"]: node["name"]}
        if node["type"] == "osd":
            found[node["id"]] = here
        for child in node.get("children", ()):
            walk(by_id[child], here)

    for node in nodes:
        if node["type"] == "root":
            walk(node, {})
    return found


def spread(groups: list[dict[str, Any]], place: dict[int, dict[str, str]], kind: str) -> int:
    counts = [len({place.get(osd, {}).get(kind) for osd in group["acting"]}) for group in groups]
    return min(counts, default=0)


def osd(node: dict[str, Any], place: dict[str, str], up: dict[int, dict[str, Any]]) -> dict[str, Any]:
    state = up.get(node["id"], {})
    return {
        "id": node["id"],
        "uuid": state.get("uuid", ""),
        "weight": node["crush_weight"],
        **{kind: place.get(kind, "") for kind in ("host", "rack", "room")},
        "up": bool(state.get("up")),
        "in": bool(state.get("in")),
        "used": node["kb_used"] * 1024,
        "size": node["kb"] * 1024,
    }


def state(monitor: str) -> dict[str, Any]:
    said = ask(monitor, "status")
    df = ask(monitor, "osd", "df")["nodes"]
    place = places(ask(monitor, "osd", "tree")["nodes"])
    up = {each["osd"]: each for each in ask(monitor, "osd", "dump")["osds"]}
    pools = {each["pool_name"]: each for each in ask(monitor, "osd", "pool", "ls", "detail")}
    numbers = {
        str(each["pool_id"])
        for each in pools.values()
        if each["size"] > 1 and not each["pool_name"].startswith((".", "device_"))
    }
    groups = [each for each in ask(monitor, "pg", "ls").get("pg_stats", ()) if each["pgid"].split(".")[0] in numbers]
    states = Counter(each["state"] for each in groups)
    full = [node["kb_used"] / node["kb"] for node in df if node["kb"]]
    usage = {each["name"]: each["stats"] for each in ask(monitor, "df")["pools"]}
    return {
        "made": True,
        "version": ask(monitor, "version")["version"],
        "health": said["health"]["status"],
        "checks": {name: check["summary"]["message"] for name, check in said["health"]["checks"].items()},
        "quorum": said["quorum_names"],
        "osds": [osd(node, place.get(node["id"], {}), up) for node in df],
        "groups": {"total": len(groups), "clean": states["active+clean"], "states": dict(states)},
        "spread": {"racks": spread(groups, place, "rack"), "rooms": spread(groups, place, "room")},
        "pools": {
            name: {
                "size": pool["size"],
                "groups": pool["pg_num"],
                "stored": usage[name]["stored"],
                "free": usage[name]["max_avail"],
            }
            for name, pool in pools.items()
            if str(pool["pool_id"]) in numbers
        },
        "kept": ask(monitor, "config-key", "dump", "retailops/").get("retailops/noout", ""),
        "balance": round(max(full) / min(full), 3) if full and min(full) else None,
    }


if __name__ == "__main__":
    name = json.loads(sys.argv[1])["monitor"]
    there = Path(f"/var/lib/ceph/mon/ceph-{name}").is_dir()
    print(json.dumps(state(name) if there else {"made": False}))
