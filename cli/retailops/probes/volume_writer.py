"""Writes records through librbd and reads them back: `{monitor, pool, image, seconds, stop?, interval?}` -> waits, errors, losses.

It runs on a monitor's host, where it asks for the pool's key, so that the key is on no command line.
Each record has a sequence number and the SHA-256 of its body; a record counts as acknowledged when `flush` has returned.
It ends after `seconds`, when nobody listens any more, or when file `stop` appears, which holds times (UTC, seconds) as a list.
`{start, written, acknowledged, errors, failed, lost, wrong, worst, worst_at, median, p99, points: [[at, wait]],
spans: [{written, worst, median, p99}]}`: `lost` acknowledged records that are not there at the end, `wrong` those that read back
otherwise; waits in seconds, `at` from `start`, which is UTC; a span for each stretch between the times in `stop`.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import select
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SIZE = 4096
PLACES = 16_384
HEAD = struct.Struct(">Q32s")
POINTS = 2000


def record(number: int, salt: bytes) -> bytes:
    body = (salt + number.to_bytes(8, "big")) * ((SIZE - HEAD.size) // (len(salt) + 8) + 1)
    body = body[: SIZE - HEAD.size]
    return HEAD.pack(number, hashlib.sha256(body).digest()) + body


def key(args: dict[str, Any]) -> str:
    argv = ["ceph", "-n", "mon.", "--keyring", f"/var/lib/ceph/mon/ceph-{args['monitor']}/keyring", "auth", "get-key"]
    return subprocess.run(
        [*argv, f"client.{args['pool']}"], capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()


def opened(args: dict[str, Any], rados: Any, ring: str) -> Any:
    options = {"keyring": ring, "rbd_cache": "false", "client_mount_timeout": "30"}
    cluster = rados.Rados(name=f"client.{args['pool']}", conffile="/etc/ceph/ceph.conf", conf=options)
    cluster.connect()
    return cluster


def ended(args: dict[str, Any]) -> bool:
    """Whether we were told to end, or whoever asked is gone: then nobody reads what we print."""
    listening = select.poll()
    listening.register(sys.stdout, 0)
    return bool(listening.poll(0)) or bool(args.get("stop") and Path(args["stop"]).exists())


def write(image: Any, args: dict[str, Any], salt: bytes) -> tuple[dict[int, int], list[tuple[float, float]], list[str]]:
    """Place -> number of the last record acknowledged there; (when, how long) of each; what went wrong."""
    acknowledged: dict[int, int] = {}
    waits: list[tuple[float, float]] = []
    errors: list[str] = []
    begun, number = time.monotonic(), 0
    while (now := time.monotonic()) < begun + args["seconds"] and not ended(args):
        place = number % PLACES
        try:
            image.write(record(number, salt), place * SIZE)
            image.flush()
            acknowledged[place] = number
        except Exception as error:
            errors.append(str(error)[:200])
        waits.append((now - begun, time.monotonic() - now))
        number += 1
        time.sleep(args.get("interval", 0.01))
    return acknowledged, waits, errors


def missing(image: Any, acknowledged: dict[int, int], salt: bytes) -> tuple[int, int]:
    lost = wrong = 0
    for place, number in acknowledged.items():
        data = image.read(place * SIZE, SIZE)
        if data != record(number, salt):
            wrong += 1
            lost += HEAD.unpack(data[: HEAD.size])[0] < number
    return lost, wrong


def thinned(waits: list[tuple[float, float]]) -> list[list[float]]:
    """The worst of each of at most POINTS stretches of equal length."""
    step = max(1, len(waits) // POINTS)
    parts = (waits[n : n + step] for n in range(0, len(waits), step))
    return [[round(at, 3), round(wait, 4)] for at, wait in (max(part, key=lambda each: each[1]) for part in parts)]


def figures(waits: list[tuple[float, float]]) -> dict[str, Any]:
    sizes = sorted(wait for _, wait in waits)
    if not sizes:
        return {"written": 0, "worst": 0.0, "median": 0.0, "p99": 0.0}
    return {
        "written": len(sizes),
        "worst": round(sizes[-1], 3),
        "median": round(sizes[len(sizes) // 2], 5),
        "p99": round(sizes[int(len(sizes) * 0.99)], 5),
    }


def spans(waits: list[tuple[float, float]], times: list[float]) -> list[dict[str, Any]]:
    """One for each stretch between `times`, by when a write began."""
    edges = [0.0, *times, float("inf")]
    return [figures([each for each in waits if low <= each[0] < high]) for low, high in itertools.pairwise(edges)]


def report(
    start: float,
    acknowledged: dict[int, int],
    waits: list[tuple[float, float]],
    errors: list[str],
    gone: tuple[int, int],
    times: list[float],
) -> dict[str, Any]:
    return {
        "start": round(start, 3),
        "acknowledged": len(acknowledged),
        "errors": errors[:5],
        "failed": len(errors),
        "lost": gone[0],
        "wrong": gone[1],
        **figures(waits),
        "worst_at": round(max(waits, key=lambda each: each[1])[0], 3),
        "points": thinned(waits),
        "spans": spans(waits, [time - start for time in times]),
    }


def main(args: dict[str, Any]) -> dict[str, Any]:
    import rados  # type: ignore[import-not-found]
    import rbd  # type: ignore[import-not-found]

    stop = Path(args.get("stop", ""))
    if stop.is_file():
        stop.unlink()
    with tempfile.NamedTemporaryFile("w", dir="/run", prefix="retailops-") as ring:
        ring.write(f"[client.{args['pool']}]\n\tkey = {key(args)}\n")
        ring.flush()
        cluster = opened(args, rados, ring.name)
        with cluster.open_ioctx(args["pool"]) as io:
            with contextlib.suppress(rbd.ImageExists):
                rbd.RBD().create(io, args["image"], SIZE * PLACES)
            salt = os.urandom(16)
            with rbd.Image(io, args["image"]) as image:
                start = time.time()
                acknowledged, waits, errors = write(image, args, salt)
                gone = missing(image, acknowledged, salt)
            rbd.RBD().remove(io, args["image"])
        cluster.shutdown()
    times = json.loads(stop.read_text()) if stop.is_file() else []
    return report(start, acknowledged, waits, errors, gone, times)


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
