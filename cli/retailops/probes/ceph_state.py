"""What a storage cluster says of itself, asked on a monitor's host with the monitor's own key: `{monitor, watch?}` -> its state.

It answers once every placement group is clean, after `watch` seconds at the latest.

`{made, health, checks: {name: text}, quorum: [name], monitors: [name],
osds: [{id, uuid, host, rack, room, up, in, weight, used, size, groups}],
groups: {total, clean, states: {state: count}, unread: seconds since the group was read in full that has waited longest},
ratios: {nearfull, backfillfull, full}, spread: {racks: least racks of any group, rooms: least rooms},
pools: {name: {number, size, least, rule, groups, stored, free}}, rules: {name: [step]}, balance: fullest over emptiest OSD,
version, versions: {kind: {version: count}}, moved: [group that the balancer has put elsewhere than chance did],
release: the oldest whose OSDs are let in, kept: the rack that a roll has set noout for, deleting: the pool that is being deleted}`;
only `made: false` where this host has no monitor.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PATIENCE = 10
EVERY = 2.0
MANAGERS = ("osd df", "pg ls")
"""Questions that the active manager answers, and not the monitors."""


class Cluster:
    """One connection for all questions: a process of `ceph` for each costs half a second of a core."""

    def __init__(self, monitor: str) -> None:
        import rados  # type: ignore[import-not-found]

        patience = {"client_mount_timeout": str(PATIENCE), "rados_mon_op_timeout": str(PATIENCE)}
        ring = {"keyring": f"/var/lib/ceph/mon/ceph-{monitor}/keyring"}
        try:
            self._rados = rados.Rados(name="mon.", conffile="/etc/ceph/ceph.conf", conf={**ring, **patience})
            self._rados.connect()
        except rados.Error as error:
            sys.exit(f"no majority of monitors answers: {error}")

    def ask(self, prefix: str, **more: str) -> Any:
        send = self._rados.mgr_command if prefix in MANAGERS else self._rados.mon_command
        code, out, said = send(json.dumps({"prefix": prefix, "format": "json", **more}), b"")
        if code:
            sys.exit(f"ceph {prefix}: {said.strip().splitlines()[-1] if said.strip() else os.strerror(abs(code))}")
        return json.loads(out)


def settled(cluster: Cluster, patience: float) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        groups = cluster.ask("status")["pgmap"]
        clean = sum(each["count"] for each in groups["pgs_by_state"] if each["state_name"] == "active+clean")
        if clean == groups["num_pgs"]:
            return
        time.sleep(EVERY)


def silent() -> None:
    """A manager that never answers must not keep the probe."""
    print("the cluster's manager does not answer", file=sys.stderr, flush=True)
    os._exit(1)


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


def unread(groups: list[dict[str, Any]]) -> float:
    """Seconds since the group was read in full that has waited longest."""
    times = [datetime.strptime(each["last_deep_scrub_stamp"], "%Y-%m-%dT%H:%M:%S.%f%z") for each in groups]
    return round((datetime.now(UTC) - min(times)).total_seconds()) if times else 0.0


def told(step: dict[str, Any]) -> dict[str, Any]:
    """A step of a rule without the number of the place that it names, which is each cluster's own."""
    return {key: value for key, value in step.items() if key != "item"}


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
        "groups": node["pgs"],
    }


def versions(found: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    return {
        kind: {text.split()[2]: count for text, count in found.get(kind, {}).items()} for kind in ("mon", "mgr", "osd")
    }


def state(cluster: Cluster) -> dict[str, Any]:
    ask = cluster.ask
    said = ask("status")
    df = ask("osd df")["nodes"]
    place = places(ask("osd tree")["nodes"])
    dump, kept = ask("osd dump"), ask("config-key dump", key="retailops/")
    up = {each["osd"]: each for each in dump["osds"]}
    pools = {each["pool_name"]: each for each in ask("osd pool ls", detail="detail")}
    numbers = {
        str(each["pool_id"])
        for each in pools.values()
        if each["size"] > 1 and not each["pool_name"].startswith((".", "device_"))
    }
    groups = [each for each in ask("pg ls").get("pg_stats", ()) if each["pgid"].split(".")[0] in numbers]
    states = Counter(each["state"] for each in groups)
    full = [node["kb_used"] / node["kb"] for node in df if node["kb"]]
    rules = {each["rule_id"]: each for each in ask("osd crush rule dump")}
    usage = {each["name"]: each["stats"] for each in ask("df")["pools"]}
    return {
        "made": True,
        "version": ask("version")["version"],
        "health": said["health"]["status"],
        "checks": {name: check["summary"]["message"] for name, check in said["health"]["checks"].items()},
        "quorum": said["quorum_names"],
        "monitors": [each["name"] for each in ask("mon dump")["mons"]],
        "osds": [osd(node, place.get(node["id"], {}), up) for node in df],
        "groups": {
            "total": len(groups),
            "clean": states["active+clean"],
            "states": dict(states),
            "unread": unread(groups),
        },
        "ratios": {name: round(dump[f"{name}_ratio"], 4) for name in ("nearfull", "backfillfull", "full")},
        "spread": {"racks": spread(groups, place, "rack"), "rooms": spread(groups, place, "room")},
        "pools": {
            name: {
                "number": pool["pool_id"],
                "size": pool["size"],
                "least": pool["min_size"],
                "rule": rules[pool["crush_rule"]]["rule_name"],
                "groups": pool["pg_num"],
                "stored": usage[name]["stored"],
                "free": usage[name]["max_avail"],
            }
            for name, pool in pools.items()
            if str(pool["pool_id"]) in numbers
        },
        "versions": versions(ask("versions")),
        "moved": [each["pgid"] for each in dump["pg_upmap_items"]],
        "release": dump["require_osd_release"],
        "kept": kept.get("retailops/noout", ""),
        "deleting": kept.get("retailops/deleting", ""),
        "rules": {each["rule_name"]: [told(step) for step in each["steps"]] for each in rules.values()},
        "balance": round(max(full) / min(full), 3) if full and min(full) else None,
    }


def main(args: dict[str, Any]) -> dict[str, Any]:
    name, patience = args["monitor"], args.get("watch", 0.0)
    watch = threading.Timer(3 * PATIENCE + patience, silent)
    watch.daemon = True
    watch.start()
    if not Path(f"/var/lib/ceph/mon/ceph-{name}").is_dir():
        return {"made": False}
    cluster = Cluster(name)
    settled(cluster, patience)
    return state(cluster)


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
