"""What `check` says of machines, zones and images."""

from __future__ import annotations

from typing import Any

import pytest

from retailops.model.hosts import Hci
from retailops.model.machines_rules import machine_faults

ZONE = {"id": "services", "vlan": 110, "prefix": "10.9.0.0/24", "gateway": "10.9.0.1"}
MACHINE = {
    "id": "db1",
    "vcpus": 2,
    "memoryMib": 512,
    "diskGib": 10,
    "zone": "services",
    "address": "10.9.0.11",
    "image": "tiny",
    "pool": "machines",
}


def described(**changes: Any) -> Hci:
    host = {"id": "h1", "number": 1, "rack": "r1", "model": "m", "roles": ["machines"]}
    return Hci.model_validate(
        {
            "hosts": [host],
            "pools": [{"id": "machines", "share": 80}],
            "zones": [ZONE],
            "images": [{"id": "tiny", "file": "images/tiny.raw", "sha256": "0" * 64}],
            "machines": [MACHINE],
        }
        | changes
    )


def test_what_is_right_has_no_fault() -> None:
    assert list(machine_faults(described())) == []
    assert list(machine_faults(Hci())) == []


@pytest.mark.parametrize(
    ("changes", "place", "said"),
    [
        ({"machines": [MACHINE, MACHINE | {"address": "10.9.0.12"}]}, ("machines", 1, "id"), "db1 for the second time"),
        ({"machines": [MACHINE, MACHINE | {"id": "db2"}]}, ("machines", 1, "address"), "10.9.0.11 for the second time"),
        (
            {"machines": [MACHINE | {"zone": "service"}]},
            ("machines", 0, "zone"),
            "service is no zone of hci; did you mean services?",
        ),
        ({"machines": [MACHINE | {"image": "huge"}]}, ("machines", 0, "image"), "huge is no image of hci"),
        ({"machines": [MACHINE | {"pool": "gold"}]}, ("machines", 0, "pool"), "gold is no pool of hci"),
        (
            {"machines": [MACHINE | {"address": "10.9.1.11"}]},
            ("machines", 0, "address"),
            "10.9.1.11 is no machine's address in zone services 10.9.0.0/24",
        ),
        (
            {"machines": [MACHINE | {"address": "10.9.0.255"}]},
            ("machines", 0, "address"),
            "10.9.0.255 is no machine's address in zone services 10.9.0.0/24",
        ),
        (
            {"machines": [MACHINE | {"address": "10.9.0.1"}]},
            ("machines", 0, "address"),
            "10.9.0.1 is zone services's gateway",
        ),
        ({"machines": [MACHINE | {"id": "h1"}]}, ("machines", 0, "id"), "h1 is a host"),
        ({"hosts": []}, ("machines",), "no host has the role machines"),
        ({"zones": [ZONE | {"interface": "lan0"}]}, ("zones", 0), "zone services takes either vlan or interface"),
        ({"zones": [ZONE | {"gateway": "10.8.0.1"}]}, ("zones", 0, "gateway"), "10.8.0.1 is not in 10.9.0.0/24"),
        (
            {"zones": [ZONE, ZONE | {"id": "b", "prefix": "10.9.1.0/24", "gateway": None}]},
            ("zones", 1),
            "VLAN 110 is zone services's already",
        ),
        (
            {"zones": [ZONE, {"id": "b", "interface": "trunk0", "prefix": "10.9.1.0/24"}]},
            ("zones", 1),
            "interface trunk0 is the trunk of the VLANs already",
        ),
    ],
)
def test_every_fault_has_its_place(changes: dict[str, Any], place: tuple[str | int, ...], said: str) -> None:
    assert (place, said) in list(machine_faults(described(**changes)))


@pytest.mark.parametrize("field", [{"sha256": "x"}, {"file": "../etc/shadow"}])
def test_an_image_is_named_by_a_path_of_the_repository_and_its_digest(field: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is no"):
        described(images=[{"id": "tiny", "file": "images/tiny.raw", "sha256": "0" * 64} | field])
