"""Machines, golden: description -> what libvirt, networkd and cloud-init read, byte for byte. `UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from retailops.model.hosts import Hci
from retailops.render.hci_machines import machine_files, seed

HERE = Path(__file__).parent / "machines"
DESCRIPTION: dict[str, Any] = {
    "pools": [{"id": "machines", "replicas": 3, "share": 80}],
    "hypervisor": {"authorizedKeys": ["ssh-ed25519 AAAAC3 'ops': team #1"]},
    "zones": [
        {
            "id": "services",
            "vlan": 110,
            "prefix": "10.9.0.0/24",
            "gateway": "10.9.0.1",
            "dns": ["10.9.0.2", "10.9.0.3"],
        },
        {"id": "backup", "interface": "backup0", "prefix": "10.9.1.0/24"},
    ],
    "images": [{"id": "debian-12", "file": "images/debian-12.raw", "sha256": "ab" * 32}],
    "machines": [
        {
            "id": "till-db1",
            "vcpus": 4,
            "memoryMib": 8192,
            "diskGib": 40,
            "zone": "services",
            "address": "10.9.0.11",
            "image": "debian-12",
            "pool": "machines",
        },
        {
            "id": "vault",
            "vcpus": 1,
            "memoryMib": 512,
            "diskGib": 10,
            "zone": "backup",
            "address": "10.9.1.5",
            "image": "debian-12",
            "pool": "machines",
        },
    ],
}
CASES = {"model": {"cpu": "EPYC-Rome"}, "emulation": {"acceleration": "emulation"}}


def described(**hypervisor: str) -> Hci:
    return Hci.model_validate({**DESCRIPTION, "hypervisor": {**DESCRIPTION["hypervisor"], **hypervisor}})


def rendered() -> dict[str, bytes]:
    hci = described()
    found = {path.rpartition("/")[2]: file.content for path, file in machine_files(hci, "lanxing").items()}
    for machine in hci.machines:
        found |= {f"{machine.id}.{name}": text.encode() for name, text in seed(hci, machine).items()}
    for case, hypervisor in CASES.items():
        files = machine_files(described(**hypervisor), "lanxing")
        found[f"till-db1.{case}.xml"] = files["/etc/retailops/machines/till-db1.xml"].content
    return found


def test_golden_machines() -> None:
    found = rendered()
    if os.environ.get("UPDATE_GOLDEN"):
        for name, content in found.items():
            (HERE / name).write_bytes(content)
    assert {path.name for path in HERE.iterdir()} == set(found)
    for name, content in found.items():
        assert (HERE / name).read_bytes() == content, name


@pytest.mark.parametrize("field", ["authorized_keys", "dns"])
def test_what_a_machine_is_told_at_its_start_gives_its_seed_another_name(field: str) -> None:
    before = described()
    changes: dict[str, Any] = {
        "authorized_keys": {"hypervisor": {"authorizedKeys": []}},
        "dns": {"zones": [{**zone, "dns": []} for zone in DESCRIPTION["zones"]]},
    }
    after = Hci.model_validate(DESCRIPTION | changes[field])
    path = "/etc/retailops/machines/till-db1.xml"
    assert machine_files(before, "lanxing")[path] != machine_files(after, "lanxing")[path]
