"""The plane hci, golden: description -> files of a host, byte for byte. `UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import os
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from retailops.model.hosts import Hci
from retailops.render.hci import CONF, FIREWALL, Other, hci_files
from retailops.render.hci_cephadm import cephadm_spec
from retailops.render.hci_crush import crush_map
from retailops.render.hci_time import CHRONY, time_files

HERE = Path(__file__).parent / "files"
DESCRIPTION: dict[str, Any] = {
    "prefixes": {"management": "10.8.8.0/22", "storage": "10.8.0.0/22", "cluster": "10.8.4.0/22"},
    "rooms": [{"id": "a", "name": "A"}],
    "racks": [{"id": rack, "room": "a"} for rack in ("r1", "r2", "r3")],
    "models": [
        {"id": "m", "cores": 32, "memoryGib": 128, "networkGbit": 25, "slots": [{"id": "bay1", "gib": 3840}]},
    ],
    "hosts": [
        *(
            {
                "id": f"h{n}",
                "number": n,
                "rack": f"r{n}",
                "model": "m",
                "roles": ["monitor", "storage"],
                "disks": {"bay1": f"S{n}"},
            }
            for n in (1, 2, 3)
        ),
        {"id": "h4", "number": 4, "rack": "r1", "model": "m", "roles": ["machines"]},
    ],
    "pools": [{"id": "machines", "replicas": 3, "share": 80}],
}
ROOMS = {
    "rooms": [{"id": room, "name": room} for room in "abt"],
    "racks": [{"id": rack, "room": rack[0]} for rack in ("a1", "a2", "b1", "b2", "t1")],
    "models": [
        *DESCRIPTION["models"],
        {"id": "w", "cores": 4, "memoryGib": 16, "networkGbit": 10, "management": "eno1"},
    ],
    "hosts": [
        *(
            {
                "id": f"h{n}",
                "number": n,
                "rack": rack,
                "model": "m",
                "roles": ["monitor", "storage"],
                "disks": {"bay1": f"S{n}"},
            }
            for n, rack in enumerate(("a1", "a2", "b1", "b2"), 1)
        ),
        {"id": "tie", "number": 9, "rack": "t1", "model": "w", "roles": ["monitor"]},
    ],
    "pools": [{"id": "machines", "replicas": 4, "share": 80}],
    "tieBreak": "tie",
}
"""Two rooms and a tie-break in a third."""
CASES = {
    "packages-h1": ("packages", "h1"),
    "packages-h4": ("packages", "h4"),
    "cephadm-h1": ("cephadm", "h1"),
    "mirrored-h1": ("packages", "h1"),
    "rooms-h1": ("rooms", "h1"),
    "rooms-tie": ("rooms", "tie"),
}
TIME = (IPv4Address("10.0.16.10"), IPv4Address("10.0.16.11"))
OTHER = {"mirrored-h1": Other(IPv4Network("10.9.0.0/22"), ("h1", "h2"))}


def described(backend: str) -> Hci:
    if backend == "rooms":
        return Hci.model_validate({**DESCRIPTION, **ROOMS})
    return Hci.model_validate({**DESCRIPTION, "backend": backend})


def rendered() -> dict[str, bytes]:
    found = {
        "crush.map": crush_map(described("packages")),
        "cephadm.yaml": cephadm_spec(described("cephadm"), OTHER["mirrored-h1"]),
    }
    found["rooms.map"] = crush_map(described("rooms"))
    for case, (backend, name) in CASES.items():
        hci = described(backend)
        files = hci_files(hci, "lanxing", next(host for host in hci.hosts if host.id == name), OTHER.get(case))
        found |= {f"{case}.conf": files[CONF].content, f"{case}.nft": files[FIREWALL].content}
    for name in ("h1", "h4"):
        hci = described("packages").model_copy(update={"time_servers": TIME if name == "h4" else ()})
        host = next(each for each in hci.hosts if each.id == name)
        found[f"{name}.chrony"] = time_files(hci, host)[CHRONY].content
    return found


@pytest.mark.parametrize(
    "name",
    sorted(
        [
            *(f"{case}.{kind}" for case in CASES for kind in ("conf", "nft")),
            *("cephadm.yaml", "crush.map", "rooms.map", "h1.chrony", "h4.chrony"),
        ]
    ),
)
def test_golden_hci(name: str) -> None:
    text = rendered()[name]
    if os.environ.get("UPDATE_GOLDEN"):
        (HERE / name).write_bytes(text)
    assert (HERE / name).read_bytes() == text
