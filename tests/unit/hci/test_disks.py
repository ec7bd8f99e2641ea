"""Disks that are gone, elsewhere or down, each named with its place."""

from __future__ import annotations

from typing import Any

from fleets import hci

from retailops.hci.status.disks import Disk, Found, Seen, astray, described, down

HOSTS = hci({"r1": 2, "r2": 2, "r3": 2}, disks=2)
DISKS = described(HOSTS, "lanxing")
PLACE = "h02 (slot bay1, rack r1)"


def at(host: str, bay: int) -> Disk:
    return next(disk for disk in DISKS if (disk.host, disk.slot) == (host, f"bay{bay}"))


def seen(**changes: Any) -> Seen:
    """Every disk in its place with its own OSD, but for hosts in `changes`."""
    whole = {host.id: {disk.path: disk.uuid for disk in DISKS if disk.host == host.id} for host in HOSTS.hosts}
    return {**{name: Found(disks, {}) for name, disks in whole.items()}, **changes}


def only(*disks: Disk) -> Found:
    return Found({disk.path: disk.uuid for disk in disks}, {})


def test_disks_in_their_places_and_empty_ones_are_right() -> None:
    assert list(astray(DISKS, seen())) == []
    assert list(astray(DISKS, seen(h02=Found({disk.path: "" for disk in DISKS if disk.host == "h02"}, {})))) == []


def test_a_disk_that_is_gone_is_named_with_host_slot_and_rack() -> None:
    assert list(astray(DISKS, seen(h02=only(at("h02", 2))))) == [f"disk S0021 is gone from {PLACE}"]


def test_a_silent_hosts_disks_are_not_called_gone() -> None:
    assert list(astray(DISKS, seen(h02=None))) == []


def test_two_serial_numbers_swapped_between_hosts_are_told_both() -> None:
    swapped = seen(h01=only(at("h01", 1), at("h02", 1)), h02=only(at("h01", 2), at("h02", 2)))
    assert list(astray(DISKS, swapped)) == [
        "disk S0012 is in h02, and fleet.yaml has it in h01 (slot bay2, rack r1)",
        f"disk S0021 is in h01, and fleet.yaml has it in {PLACE}",
    ]


def test_a_disk_with_another_disks_copies_is_told() -> None:
    mixed = Found({at("h02", 1).path: at("h03", 1).uuid, at("h02", 2).path: at("h02", 2).uuid}, {})
    assert list(astray(DISKS, seen(h02=mixed))) == [
        f"disk S0021 in {PLACE} carries what belongs on disk S0031 of h03 (slot bay1, rack r2)"
    ]


def test_a_disk_that_fails_to_read_is_told_with_why() -> None:
    broken = Found({at("h02", 2).path: at("h02", 2).uuid}, {at("h02", 1).path: "Input/output error"})
    assert list(astray(DISKS, seen(h02=broken))) == [f"disk S0021 in {PLACE} can't be read: Input/output error"]


def test_what_is_down_is_told_by_disk_process_and_host() -> None:
    osds = [
        {"id": 0, "uuid": at("h01", 1).uuid, "host": "h01", "up": True},
        {"id": 2, "uuid": at("h02", 1).uuid, "host": "h02", "up": False},
        {"id": 3, "uuid": at("h02", 2).uuid, "host": "h02", "up": False},
        {"id": 4, "uuid": at("h03", 1).uuid, "host": "h03", "up": False},
        {"id": 9, "uuid": "of nobody", "host": "h04", "up": False},
    ]
    assert list(down(DISKS, osds, seen(h02=only(at("h02", 2)), h03=None))) == [
        f"osd.2: disk S0021 is gone from {PLACE}; docs/runbooks/disk-fails.en.md",
        "osd.3: disk S0022 is in h02 (slot bay2, rack r1), and its process does not run: journalctl -u ceph-osd@3",
        "osd.4, disk S0031: h03 (slot bay1, rack r2) does not answer",
        "osd.9 on h04 is no disk of fleet.yaml; retailops hci replace takes it out",
    ]
