"""A volume full of known data, through librbd: `{monitor, pool, image, do: write|read|remove, seed, objects}` -> what was done.

Each of its `objects` of 4 MiB is made from `seed` and its own number, so whoever knows the seed can tell what should be there.
`write` -> `{objects: [{name, head: first 64 bytes in hex}]}`, on disk; `read` -> `{different: [number]}`; `remove` -> `{}`: nothing
happens where it is gone, and a full cluster lets it. It runs on a monitor's host, where it asks for the pool's key, so that the key is
on no command line.
"""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

SIZE = 4 << 20
HEAD = 64


def body(args: dict[str, Any], number: int) -> bytes:
    return random.Random(f"{args['seed']} {number}").randbytes(SIZE)


def key(args: dict[str, Any]) -> str:
    argv = ["ceph", "-n", "mon.", "--keyring", f"/var/lib/ceph/mon/ceph-{args['monitor']}/keyring", "auth", "get-key"]
    return subprocess.run(
        [*argv, f"client.{args['pool']}"], capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()


@contextlib.contextmanager
def pool(args: dict[str, Any]) -> Iterator[Any]:
    import rados  # type: ignore[import-not-found]

    with tempfile.NamedTemporaryFile("w", dir="/run", prefix="retailops-") as ring:
        ring.write(f"[client.{args['pool']}]\n\tkey = {key(args)}\n")
        ring.flush()
        options = {"keyring": ring.name, "rbd_cache": "false", "client_mount_timeout": "30"}
        cluster = rados.Rados(name=f"client.{args['pool']}", conffile="/etc/ceph/ceph.conf", conf=options)
        cluster.connect()
        with cluster.open_ioctx(args["pool"]) as io:
            yield io
        cluster.shutdown()


def write(io: Any, args: dict[str, Any], rbd: Any) -> dict[str, Any]:
    with contextlib.suppress(rbd.ImageExists):
        rbd.RBD().create(io, args["image"], SIZE * args["objects"])
    with rbd.Image(io, args["image"]) as image:
        image.resize(SIZE * args["objects"])
        prefix = image.block_name_prefix()
        for number in range(args["objects"]):
            image.write(body(args, number), number * SIZE)
        image.flush()
    names = (f"{prefix}.{number:016x}" for number in range(args["objects"]))
    return {"objects": [{"name": name, "head": body(args, n)[:HEAD].hex()} for n, name in enumerate(names)]}


def read(io: Any, args: dict[str, Any], rbd: Any) -> dict[str, Any]:
    with rbd.Image(io, args["image"], read_only=True) as image:
        numbers = range(args["objects"])
        return {"different": [n for n in numbers if image.read(n * SIZE, SIZE) != body(args, n)]}


def remove(io: Any, args: dict[str, Any], rbd: Any) -> dict[str, Any]:
    io.set_osdmap_full_try()
    with contextlib.suppress(rbd.ImageNotFound):
        rbd.RBD().remove(io, args["image"])
    return {}


def main(args: dict[str, Any]) -> dict[str, Any]:
    import rbd  # type: ignore[import-not-found]

    with pool(args) as io:
        return {"write": write, "read": read, "remove": remove}[args["do"]](io, args, rbd)


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
