"""The mirrors of a storage cluster, asked on a monitor's host: `{monitor, pools, entity}` -> what each volume is at this site.

`{made, site, copiers: [host], pools: {name: {peers: [site], schedule: [interval], volumes: [{name, mirrored, primary, up, state, said, point,
clients: [address]}]}}}`: `up` whether a copier speaks for it, `state` as Ceph calls it, `said` its words, `point` the moment (UTC,
seconds) that the copy here shows as its primary was then, None where it isn't known; `clients` who has a primary open. `made: false`
where this host has no monitor or the mirror is not set up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PATIENCE = "8"
STATES = ("unknown", "error", "syncing", "starting_replay", "replaying", "stopping_replay", "stopped")
MISSING = 2


def ask(args: dict[str, Any], *words: str) -> Any:
    """The answer as values; None where what is asked about isn't there."""
    ring = f"/var/lib/ceph/mon/ceph-{args['monitor']}/keyring"
    argv = ["ceph", "-n", "mon.", "--keyring", ring, "--connect-timeout", PATIENCE, "-f", "json", *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode == MISSING:
        return None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        sys.exit(f"ceph {' '.join(words[:3])}: {said[-1] if said else 'no answer'}")
    return json.loads(done.stdout)


def point(said: str) -> int | None:
    """The time of the newest snapshot that is whole here, as its primary took it."""
    _, brace, rest = said.partition("{")
    try:
        return int(json.loads(brace + rest)["local_snapshot_timestamp"])
    except (ValueError, KeyError):
        return None


def volume(rbd: Any, io: Any, name: str) -> dict[str, Any]:
    with rbd.Image(io, name, read_only=True) as image:
        info = image.mirror_image_get_info()
        if info["state"] != rbd.RBD_MIRROR_IMAGE_ENABLED:
            return {"name": name, "mirrored": False}
        try:
            status = image.mirror_image_get_status()
        except rbd.ImageNotFound:
            status = {"up": False, "state": 0, "description": "nothing was said of it yet"}
        clients = [each["addr"].partition(":")[0] for each in image.watchers_list()] if info["primary"] else []
    said = status["description"]
    return {
        "name": name,
        "mirrored": True,
        "primary": info["primary"],
        "up": status["up"],
        "state": STATES[status["state"]] if status["state"] < len(STATES) else str(status["state"]),
        "said": said.partition(", {")[0],
        "point": point(said),
        "clients": clients,
    }


def schedule(args: dict[str, Any], pool: str) -> list[str]:
    found = ask(args, "rbd", "mirror", "snapshot", "schedule", "list", f"{pool}/") or {}
    return [item["interval"] for level in found.values() if level["name"] == f"{pool}/" for item in level["schedule"]]


def pool(args: dict[str, Any], rbd: Any, io: Any, name: str) -> dict[str, Any]:
    mirror, volumes = rbd.RBD(), []
    for each in sorted(mirror.list(io)):
        try:
            volumes.append(volume(rbd, io, each))
        except rbd.ImageNotFound:
            continue
    return {
        "peers": [peer["site_name"] for peer in mirror.mirror_peer_list(io)],
        "schedule": schedule(args, name),
        "volumes": volumes,
    }


def state(args: dict[str, Any], key: str) -> dict[str, Any]:
    import rados  # type: ignore[import-not-found]
    import rbd  # type: ignore[import-not-found]

    conf = {"key": key, "client_mount_timeout": PATIENCE, "rados_osd_op_timeout": PATIENCE}
    handle = rados.Rados(name=args["entity"], conffile="/etc/ceph/ceph.conf", conf=conf)
    handle.connect()
    pools = {}
    for name in args["pools"]:
        with handle.open_ioctx(name) as io:
            pools[name] = pool(args, rbd, io, name)
    site = rbd.RBD().mirror_site_name_get(handle)
    handle.shutdown()
    services = ask(args, "service", "dump")["services"].get("rbd-mirror", {}).get("daemons", {})
    copiers = [each["metadata"]["hostname"] for each in services.values() if isinstance(each, dict)]
    return {"made": True, "site": site, "copiers": sorted(copiers), "pools": pools}


def main(args: dict[str, Any]) -> dict[str, Any]:
    if not Path(f"/var/lib/ceph/mon/ceph-{args['monitor']}").is_dir():
        return {"made": False}
    found = ask(args, "auth", "get", args["entity"])
    return state(args, found[0]["key"]) if found else {"made": False}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
