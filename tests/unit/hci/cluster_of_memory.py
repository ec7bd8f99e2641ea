"""A storage cluster of memory: it answers what probes `ceph_state` and `command` would.

Hosts may be silent, lack their disks (`gone`) or refuse a program (`refused`).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from types import SimpleNamespace
from typing import Any, cast

from clock_of_memory import Clock

from retailops.errors import Unreachable
from retailops.hci.standing import Standing
from retailops.hci.status.disks import described
from retailops.hci.wanted import disk_weights
from retailops.model.hosts import Hci
from retailops.ports import Host, Reading

CHAIN = "lanxing"


class Cluster:
    """Every disk of `hci` is an OSD with its weight; copies find their places at once, and from a disk that is out with its next question."""

    def __init__(self, hci: Hci, *, silent: Collection[str] = (), quorum: bool = True) -> None:
        self.silent, self.quorum = set(silent), quorum
        self.gone: set[str] = set()
        self.refused: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        weights = disk_weights(hci, CHAIN)
        self.osds: list[dict[str, Any]] = []
        self._disks: dict[str, dict[str, str]] = {host.id: {} for host in hci.hosts}
        for disk in described(hci, CHAIN):
            self._disks[disk.host][disk.path] = disk.uuid
            place = {"host": disk.host, "rack": disk.rack, "up": True, "in": True, "moved": False}
            weight = round(weights[disk.uuid], 4)
            self.osds.append({"id": len(self.osds), "uuid": disk.uuid, "weight": weight, **place})

    @property
    def commands(self) -> list[str]:
        return [words for _, words in self.asked]

    def read(self, host: Host, reading: Reading) -> dict[str, Any]:
        if host.name in self.silent:
            raise Unreachable(f"{host.name} does not answer")
        if reading.name == "ceph_state":
            return self._state()
        if reading.name == "disk_state":
            return {"disks": {} if host.name in self.gone else self._disks[host.name], "unreadable": {}}
        argv: Any = reading.args["argv"]
        words = argv[argv.index("20") + 1 :] if argv[0] == "ceph" else argv
        self.asked.append((host.name, " ".join(words)))
        if argv[0] in self.refused:
            return {"code": 1, "stdout": "", "stderr": f"{argv[0]}: Access denied"}
        return {"code": 0, "stdout": self._do(words), "stderr": ""}

    def _state(self) -> dict[str, Any]:
        if not self.quorum:
            raise Unreachable("the probe took too long")
        out = [osd for osd in self.osds if not osd["up"]]
        checks = {"OSD_DOWN": f"{len(out)} osds down"} if out else {}
        pools = {"machines": {"stored": 1 << 30}}
        whole = {"osds": [dict(osd) for osd in self.osds], "groups": {"total": 8, "clean": 8}, "pools": pools}
        return {"made": True, "health": "HEALTH_OK", "checks": checks, **whole}

    def _do(self, words: list[str]) -> str:
        if words[:3] == ["osd", "crush", "reweight"]:
            self._of(words[3].removeprefix("osd."))["weight"] = float(words[4])
        elif words[:2] == ["osd", "out"]:
            self._of(words[2])["in"] = False
        elif words[:2] == ["osd", "safe-to-destroy"]:
            osd = self._of(words[2])
            moved, osd["moved"] = osd["moved"], True
            return json.dumps({"safe_to_destroy": [osd["id"]] if moved else []})
        elif words[:2] == ["osd", "purge"]:
            self.osds.remove(self._of(words[2]))
        return ""

    def _of(self, number: str) -> dict[str, Any]:
        return next(osd for osd in self.osds if osd["id"] == int(number))


def standing(hci: Hci, cluster: Cluster, **ports: Any) -> Standing:
    hosts = {host.id: Host(host.id, "hci", f"198.18.0.{n}") for n, host in enumerate(hci.hosts)}
    ground = SimpleNamespace(hosts=lambda: hosts, stands_in=())
    known = {"world": "lab", "prober": cluster, "clock": Clock(), "ground": ground, **ports}
    return Standing(hci, CHAIN, cast(Any, SimpleNamespace(**known)))


def quiet(_line: str) -> None:
    """Nobody listens."""
