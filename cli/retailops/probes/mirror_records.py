"""Records in a mirrored volume, each with its number, time and hash: `{do, monitor, entity, pool, image, seconds?}`.

`do: write` makes the volume and mirrors it where it isn't there, and adds records after those that it holds, for `seconds` or until one
isn't acknowledged in time: `{first, last, at}`, numbers and the time (UTC, seconds) at which the last was acknowledged.
`do: read` gives `{last, at, holes, wrong}`: the newest record and when it was written, how many before it are missing or read otherwise.
`do: remove` takes the volume away. It runs on a monitor's host, where it asks for the entity's key.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
import time
from typing import Any

SIZE = 4096
PLACES = 131_072
HEAD = struct.Struct(">Qd32s")
PATIENCE = "15"
EVERY = 0.02


def record(number: int) -> bytes:
    body = os.urandom(64) * (SIZE // 64)
    body = body[: SIZE - HEAD.size]
    now = time.time()
    return HEAD.pack(number, now, digest(number, now, body)) + body


def digest(number: int, at: float, body: bytes) -> bytes:
    return hashlib.sha256(struct.pack(">Qd", number, at) + body).digest()


def found(data: bytes, number: int) -> float | None:
    """When this record was written; 0.0 where there is none, None where it reads otherwise."""
    if not any(data):
        return 0.0
    there, at, said = HEAD.unpack(data[: HEAD.size])
    return at if there == number and said == digest(number, at, data[HEAD.size :]) else None


def read(image: Any) -> dict[str, Any]:
    """Every place up to the last that holds anything."""
    times = []
    step = 256
    for place in range(0, PLACES, step):
        data = image.read(place * SIZE, step * SIZE)
        if not any(data):
            break
        times += [found(data[n * SIZE : (n + 1) * SIZE], place + n) for n in range(step)]
    while times and times[-1] == 0.0:
        times.pop()
    return {
        "last": len(times) - 1,
        "at": times[-1] if times else None,
        "holes": times.count(0.0),
        "wrong": times.count(None),
    }


def write(image: Any, seconds: float) -> dict[str, Any]:
    first = number = read(image)["last"] + 1
    at, cut, end = None, False, time.monotonic() + seconds
    while time.monotonic() < end and number < PLACES:
        try:
            image.write(record(number), number * SIZE)
            image.flush()
        except Exception:
            cut = True
            break
        at = time.time()
        number += 1
        time.sleep(EVERY)
    return {"first": first, "last": number - 1, "at": at, "cut": cut}


def connected(args: dict[str, Any]) -> Any:
    import rados  # type: ignore[import-not-found]

    ring = f"/var/lib/ceph/mon/ceph-{args['monitor']}/keyring"
    argv = ["ceph", "-n", "mon.", "--keyring", ring, "--connect-timeout", PATIENCE, "auth", "get-key", args["entity"]]
    key = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    conf = {"key": key, "client_mount_timeout": PATIENCE, "rados_osd_op_timeout": PATIENCE, "rbd_cache": "false"}
    handle = rados.Rados(name=args["entity"], conffile="/etc/ceph/ceph.conf", conf=conf)
    handle.connect()
    return handle


def made(rbd: Any, io: Any, name: str) -> None:
    """The volume is there and mirrored, also where this was cut off before."""
    if name not in rbd.RBD().list(io):
        rbd.RBD().create(io, name, SIZE * PLACES)
    with rbd.Image(io, name) as image:
        if image.mirror_image_get_info()["state"] == rbd.RBD_MIRROR_IMAGE_DISABLED:
            image.mirror_image_enable(rbd.RBD_MIRROR_IMAGE_MODE_SNAPSHOT)


def main(args: dict[str, Any]) -> dict[str, Any]:
    import rbd  # type: ignore[import-not-found]

    io = connected(args).open_ioctx(args["pool"])
    if args["do"] == "remove":
        if args["image"] in rbd.RBD().list(io):
            rbd.RBD().remove(io, args["image"])
        return {}
    if args["do"] == "read":
        return read(rbd.Image(io, args["image"], read_only=True))
    made(rbd, io, args["image"])
    image = rbd.Image(io, args["image"])
    answer = write(image, args["seconds"])
    if not answer.pop("cut"):
        image.close()
    return answer


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))), flush=True)
    # What is still open belongs to a cluster that is gone, and would wait for it.
    os._exit(0)
