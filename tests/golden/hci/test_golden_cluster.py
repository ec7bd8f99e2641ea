"""The cluster that starts machines elsewhere, golden: description -> its files. `UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from retailops.hci.wanted import hosts_wanted
from retailops.model.hosts import Hci
from retailops.render.hci import FIREWALL
from retailops.render.hci_cluster import AGENT, CIB, COROSYNC, DROP_IN, Carried, cib, members

HERE = Path(__file__).parent / "files"
CASES = {"cluster-corosync.conf": COROSYNC, "cluster-pacemaker.conf": DROP_IN, "cluster-h1.nft": FIREWALL}
KINDS = ("redfish", "ipmi", "redfish", "redfish")


def host(n: int, kind: str) -> dict[str, Any]:
    controller = {
        "kind": kind,
        "address": f"10.8.8.{100 + n}",
        "user": "fencer",
        "password": f"vault:hci#h{n}",
    }
    roles = ["monitor", "storage", "machines"] if n < 4 else ["storage", "machines"]
    disks = {"bay1": f"S{n}"}
    return {
        "id": f"h{n}",
        "number": n,
        "rack": f"r{(n - 1) % 3 + 1}",
        "model": "m",
        "roles": roles,
        "disks": disks,
        "controller": controller,
    }


def described(**more: Any) -> Hci:
    document: dict[str, Any] = {
        "prefixes": {"management": "10.8.8.0/22", "storage": "10.8.0.0/22", "cluster": "10.8.4.0/22"},
        "rooms": [{"id": "a", "name": "A"}],
        "racks": [{"id": rack, "room": "a"} for rack in ("r1", "r2", "r3")],
        "models": [
            {"id": "m", "cores": 8, "memoryGib": 64, "networkGbit": 25, "slots": [{"id": "bay1", "gib": 960}]},
        ],
        "hosts": [host(n, kind) for n, kind in enumerate(KINDS, 1)],
        "pools": [{"id": "machines", "replicas": 3, "share": 60}, {"id": "fast", "replicas": 3, "share": 20}],
    }
    return Hci.model_validate(document | more)


def rendered() -> dict[str, bytes]:
    carried = (
        Carried("till-hub", "ocf:heartbeat:VirtualDomain", "h2", {"config": "/etc/retailops/till-hub.xml"}, 10),
        Carried("anywhere", "ocf:heartbeat:Dummy"),
        *(Carried(f"db{n}", "ocf:heartbeat:Dummy", f"h{n}", then=f"h{n + 2}", apart="db") for n in (1, 2)),
    )
    files = hosts_wanted(described(), "lanxing")[0].files
    found = {name: files[path].content for name, path in CASES.items()}
    return found | {"cluster.xml": cib(described(), carried)}


@pytest.mark.parametrize("name", [*CASES, "cluster.xml"])
def test_golden_cluster(name: str) -> None:
    text = rendered()[name]
    if os.environ.get("UPDATE_GOLDEN"):
        (HERE / name).write_bytes(text)
    assert (HERE / name).read_bytes() == text


def test_passwords_are_in_no_file() -> None:
    files = hosts_wanted(described(), "lanxing")[0].files
    assert not any(b"vault" in file.content for file in files.values())
    assert (files[CIB].mode, files[AGENT].mode) == ("0600", "0755")


def test_hosts_without_a_controller_are_no_cluster() -> None:
    """A host whose power nobody can cut would stop every other's machines from being started elsewhere."""
    hosts = [host(n, "redfish") for n in (1, 2, 3, 4)]
    del hosts[3]["controller"]
    lame = described(hosts=hosts)
    assert members(lame) == ()
    assert COROSYNC not in hosts_wanted(lame, "lanxing")[0].files
    assert members(described(hosts=hosts[:2])) == ()
