#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A fence agent for Pacemaker: cuts an address off from Ceph and takes the locks of the volumes that were written from there.

`off` is done when the address is on the blocklist, everything that this program sends afterwards carries a map in which it is, and
no volume is locked from there: then nothing that still runs at that address can write, whatever its power is. The host is marked first,
so that it carries nothing should it turn up alive. The entry stays until `join`, which runs before Pacemaker starts on the host
itself: it takes the entry away once after a boot, when no machine of an earlier life can be left, and refuses at any other time;
`joined` runs after that start and takes the mark away.

Pacemaker speaks to it by lines `key=value` on standard input, a person by `--action off --plug 10.8.0.11`. It ends with 0 (done, or
`status`: not cut off), 2 (`status`: cut off) or 1, and says why.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

EXPIRES = 365 * 24 * 3600.0
"""Seconds that an entry stays if nobody takes it away; longer than anybody leaves a host that may be alive."""

PATIENCE = {"client_mount_timeout": "20", "rados_mon_op_timeout": "30", "rados_osd_op_timeout": "40"}
JOINED = Path("/run/retailops/joined")
"""There while the host is in the same life in which it joined: /run does not outlive a boot."""

JOIN_SECONDS = 600.0
DEFAULTS = {"client": "fencing", "keyring": "/etc/retailops/fencing.keyring", "pools": ""}
ACTIONS = ("off", "status", "monitor", "metadata", "join", "joined")
MARK = "cut-off"
METADATA = """<?xml version="1.0" ?>
<resource-agent name="fence_retailops_volumes" shortdesc="Cuts an address off from Ceph and takes its volumes' locks">
<longdesc>The second proof that a host no longer writes: its address is on Ceph's blocklist and its volumes' locks are taken.</longdesc>
<vendor-url>https://docs.ceph.com/</vendor-url>
<parameters>
<parameter name="action" unique="0" required="1"><content type="string" default="off"/>\
<shortdesc lang="en">Fencing action</shortdesc></parameter>
<parameter name="plug" unique="0" required="1"><content type="string"/>\
<shortdesc lang="en">Address from which the host's machines write</shortdesc></parameter>
<parameter name="pools" unique="0" required="0"><content type="string"/>\
<shortdesc lang="en">Pools of volumes, by comma</shortdesc></parameter>
<parameter name="client" unique="0" required="0"><content type="string" default="fencing"/>\
<shortdesc lang="en">Ceph client</shortdesc></parameter>
<parameter name="keyring" unique="0" required="0"><content type="string" default="/etc/retailops/fencing.keyring"/>\
<shortdesc lang="en">File with the client's key</shortdesc></parameter>
</parameters>
<actions>
<action name="off"/><action name="status"/><action name="monitor"/><action name="metadata"/>
</actions>
</resource-agent>
"""


def options(argv: list[str], lines: Iterator[str]) -> dict[str, str]:
    """What was asked: from the command line, or from standard input where that is empty."""
    parser = argparse.ArgumentParser(description="Cuts an address off from Ceph.")
    for name in ("action", "plug", "nodename", *DEFAULTS):
        parser.add_argument(f"--{name}")
    given = {key: value for key, value in vars(parser.parse_args(argv)).items() if value}
    if not argv:
        given = dict(line.strip().split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
        given.setdefault("plug", given.get("port", ""))
    return {**DEFAULTS, "action": "off", **given}


@contextlib.contextmanager
def connected(asked: Mapping[str, str]) -> Iterator[Any]:
    import rados  # type: ignore[import-not-found]

    conf = {"keyring": asked["keyring"], "rbd_blocklist_on_break_lock": "false", **PATIENCE}
    cluster = rados.Rados(name=f"client.{asked['client']}", conffile="/etc/ceph/ceph.conf", conf=conf)
    cluster.connect()
    try:
        yield cluster
    finally:
        cluster.shutdown()


def command(cluster: Any, **words: Any) -> Any:
    """The answer as values; after them Ceph may add words for people."""
    code, out, said = cluster.mon_command(json.dumps({**words, "format": "json"}), b"")
    if code:
        sys.exit(f"{words['prefix']}: {said}")
    return json.JSONDecoder().raw_decode(out.decode())[0] if out.strip() else None


def listed(cluster: Any, address: str) -> bool:
    """Whether the whole address is on the blocklist, not only a client that once was there."""
    return any(each["addr"].split(":")[0] == address and each["addr"].endswith(":0/0") for each in blocklist(cluster))


def blocklist(cluster: Any) -> list[dict[str, str]]:
    return command(cluster, prefix="osd blocklist ls") or []


def cut_off(cluster: Any, address: str) -> None:
    if not listed(cluster, address):
        command(cluster, prefix="osd blocklist", blocklistop="add", addr=f"{address}:0/0", expire=EXPIRES)
    if not listed(cluster, address):
        sys.exit(f"Ceph took the entry of {address} and does not list it")
    cluster.wait_for_latest_osdmap()


def take_locks(cluster: Any, pool: str, address: str) -> list[str]:
    """The volumes whose lock was at that address and is now given back by us: whoever writes next comes after the blocklist."""
    import rbd  # type: ignore[import-not-found]

    taken = []
    with cluster.open_ioctx(pool) as io:
        for name in rbd.RBD().list(io):
            with contextlib.suppress(rbd.ImageNotFound), rbd.Image(io, name) as image:
                if owners := [each["owner"] for each in image.lock_get_owners() if at(each["owner"], address)]:
                    image.lock_break(rbd.RBD_LOCK_MODE_EXCLUSIVE, owners[0])
                    image.lock_acquire(rbd.RBD_LOCK_MODE_EXCLUSIVE)
                    image.lock_release()
                    taken.append(f"{pool}/{name}")
    return taken


def at(owner: str, address: str) -> bool:
    """Whether a lock's owner, like `10.8.0.11:0/1234` or `v1:10.8.0.11:0/1234`, is at this address."""
    return re.fullmatch(rf"(?:\w+:)?{re.escape(address)}:\d+/\d+", owner) is not None


def mark(host: str, *words: str) -> bool:
    """Sets or takes away the mark of a member, which outlives its life; whether Pacemaker took it."""
    argv = ["crm_attribute", "--node", host, "--name", MARK, "--lifetime", "forever", *words]
    return subprocess.run(argv, capture_output=True, check=False, timeout=30).returncode == 0


def off(asked: Mapping[str, str]) -> None:
    if asked.get("nodename") and not mark(asked["nodename"], "--update", "1"):
        sys.exit(f"Pacemaker did not take the mark of {asked['nodename']}")
    with connected(asked) as cluster:
        cut_off(cluster, asked["plug"])
        for pool in filter(None, asked["pools"].split(",")):
            for name in take_locks(cluster, pool, asked["plug"]):
                print(f"the lock of {name} is taken from {asked['plug']}")
        print(f"{asked['plug']} is cut off from Ceph")


def status(asked: Mapping[str, str]) -> int:
    with connected(asked) as cluster:
        return 2 if listed(cluster, asked["plug"]) else 0


def join(asked: Mapping[str, str]) -> None:
    """Lets Pacemaker start on this host; waits for Ceph, exits with the reason where the host was cut off in this life."""
    import rados

    end = time.monotonic() + JOIN_SECONDS
    while True:
        try:
            return _join(asked)
        except rados.Error as error:
            if time.monotonic() > end:
                sys.exit(f"Ceph does not answer: {error}")
            time.sleep(3)


def _join(asked: Mapping[str, str]) -> None:
    with connected(asked) as cluster:
        if listed(cluster, asked["plug"]):
            if JOINED.exists() or machines():
                sys.exit(
                    f"{asked['plug']} was cut off from Ceph while this host ran; reboot it, then it joins by itself"
                )
            command(cluster, prefix="osd blocklist", blocklistop="rm", addr=f"{asked['plug']}:0/0")
            print(f"{asked['plug']} may use Ceph again: this host has booted since it was cut off")
    JOINED.parent.mkdir(exist_ok=True)
    JOINED.touch()


def joined(asked: Mapping[str, str]) -> None:
    """Only among the others: before, the mark would go from this host's own copy, and come back with theirs."""
    end = time.monotonic() + JOIN_SECONDS
    while not (among_others(asked["nodename"]) and mark(asked["nodename"], "--delete")):
        if time.monotonic() > end:
            sys.exit("Pacemaker does not answer, or no coordinator has taken this host in")
        time.sleep(1)


def among_others(host: str) -> bool:
    done = subprocess.run(["crm_mon", "-1", "--output-as=xml"], capture_output=True, text=True, check=False, timeout=30)
    if done.returncode:
        return False
    found = ElementTree.fromstring(done.stdout)
    led = found.find("summary/current_dc[@present='true']") is not None
    return led and found.find(f"nodes/node[@name='{host}'][@online='true'][@pending='false']") is not None


def machines() -> list[str]:
    """Virtual machines that run here now."""
    names = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            names.append(path.read_text().strip())
    return [name for name in names if name.startswith("qemu-system")]


def main(argv: list[str]) -> int:
    asked = options(argv, iter(sys.stdin))
    if asked["action"] not in ACTIONS:
        sys.exit(f"{asked['action']}: not one of {', '.join(ACTIONS)}")
    if asked["action"] == "metadata":
        print(METADATA, end="")
        return 0
    if asked["action"] != "monitor" and not asked.get("plug"):
        sys.exit("plug is missing: the address from which the host's machines write")
    if asked["action"] == "monitor":
        with connected(asked) as cluster:
            blocklist(cluster)
        return 0
    if asked["action"] == "status":
        return status(asked)
    {"off": off, "join": join, "joined": joined}[asked["action"]](asked)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
