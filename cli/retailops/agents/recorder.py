#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A resource agent for drills: a stand-in for a machine, which writes numbered records to a volume for as long as it lives.

Each start is a life of its own. A life reads the last number on the volume and goes on from there, as a machine goes on from its
disk, so a volume that was written by two at once shows it: a life's numbers are no longer in one piece. `report` reads the volume:
`{lives: [{life, host, first, last, begun, ended}], mixed: records that stand among another life's}`, times in seconds UTC;
`knock` tries to write from this host to a place that no record comes to: `{errno}`, 0 where storage took it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RECORD = struct.Struct(">Q16s64sd")
SIZE, PLACES = 4096, 16_384
EVERY = 0.05
OK, GENERIC, UNIMPLEMENTED, NOT_RUNNING = 0, 1, 3, 7
KEYRING, CLIENT = "/etc/retailops/fencing.keyring", "client.fencing"
FOLDER = Path("/run/retailops")
METADATA = """<?xml version="1.0"?>
<resource-agent name="recorder"><version>1.0</version>
<longdesc lang="en">Writes numbered records to a volume; a stand-in for a machine in drills.</longdesc>
<shortdesc lang="en">Records on a volume</shortdesc>
<parameters>
<parameter name="pool" required="1"><shortdesc lang="en">Pool</shortdesc><content type="string"/></parameter>
<parameter name="image" required="1"><shortdesc lang="en">Volume</shortdesc><content type="string"/></parameter>
</parameters>
<actions><action name="start" timeout="90s"/><action name="stop" timeout="60s"/>
<action name="monitor" timeout="30s" interval="5s"/><action name="meta-data" timeout="5s"/></actions>
</resource-agent>
"""


def asked(name: str) -> str:
    return os.environ[f"OCF_RESKEY_{name}"]


def place(kind: str) -> Path:
    return FOLDER / f"recorder-{asked('image')}.{kind}"


@contextlib.contextmanager
def pool() -> Iterator[Any]:
    import rados  # type: ignore[import-not-found]

    conf = {"keyring": KEYRING, "rbd_cache": "false", "client_mount_timeout": "30"}
    cluster = rados.Rados(name=CLIENT, conffile="/etc/ceph/ceph.conf", conf=conf)
    cluster.connect()
    try:
        with cluster.open_ioctx(asked("pool")) as io:
            yield io
    finally:
        cluster.shutdown()


@contextlib.contextmanager
def volume(*, read_only: bool = False) -> Iterator[Any]:
    import rbd  # type: ignore[import-not-found]

    with pool() as io:
        if not read_only:
            with contextlib.suppress(rbd.ImageExists):
                rbd.RBD().create(io, asked("image"), SIZE * PLACES)
        with rbd.Image(io, asked("image"), read_only=read_only) as image:
            yield image


def records(image: Any) -> list[tuple[int, str, str, float]]:
    """(number, life, host, when), in the order of their places, up to the first that was never written."""
    found = []
    for number in range(PLACES):
        stored, life, host, at = RECORD.unpack(image.read(number * SIZE, RECORD.size))
        if not at:
            break
        found.append((stored, life.hex(), host.rstrip(b"\0").decode(), at))
    return found


def write_on() -> None:
    """Until it is told to stop, or storage refuses a record."""
    life, host = os.urandom(16), socket.gethostname().encode()
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    with volume() as image:
        number = len(records(image))
        while number < PLACES - 1 and not told:
            image.write(RECORD.pack(number, life, host, time.time()), number * SIZE)
            image.flush()
            number += 1
            time.sleep(EVERY)


def knock() -> dict[str, int]:
    try:
        with volume() as image:
            image.write(b"knock", (PLACES - 1) * SIZE)
            image.flush()
    except Exception as error:
        return {"errno": abs(getattr(error, "errno", None) or 1)}
    return {"errno": 0}


def report() -> dict[str, Any]:
    with volume(read_only=True) as image:
        found = records(image)
    lives: list[dict[str, Any]] = []
    mixed = sum(stored != number for number, (stored, *_) in enumerate(found))
    for number, life, host, at in found:
        if lives and lives[-1]["life"] == life:
            lives[-1] |= {"last": number, "ended": at}
            continue
        mixed += any(each["life"] == life for each in lives)
        lives.append({"life": life, "host": host, "first": number, "last": number, "begun": at, "ended": at})
    return {"lives": lives, "mixed": mixed}


def alive() -> int | None:
    """The process that writes here."""
    try:
        pid = int(place("pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if b"write" in words else None


def start() -> int:
    if alive():
        return OK
    FOLDER.mkdir(exist_ok=True)
    child = subprocess.Popen(
        [sys.executable, __file__, "write"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )
    place("pid").write_text(str(child.pid))
    time.sleep(1)
    return OK if child.poll() is None else GENERIC


def stop() -> int:
    """Ended kindly it gives the volume's lock back; a while later it is killed."""
    for tries in range(100):
        if (pid := alive()) is None:
            return OK
        os.kill(pid, signal.SIGTERM if tries < 50 else signal.SIGKILL)
        time.sleep(0.2)
    return GENERIC


def remove() -> None:
    import rbd

    with pool() as io, contextlib.suppress(rbd.ImageNotFound):
        rbd.RBD().remove(io, asked("image"))


def main(action: str) -> int:
    if action == "meta-data":
        print(METADATA, end="")
        return OK
    if action in ("monitor", "status"):
        return OK if alive() else NOT_RUNNING
    if action in ("start", "stop"):
        return {"start": start, "stop": stop}[action]()
    if action in ("report", "knock"):
        print(json.dumps({"report": report, "knock": knock}[action]()))
        return OK
    if action in ("write", "remove"):
        {"write": write_on, "remove": remove}[action]()
        return OK
    return UNIMPLEMENTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
