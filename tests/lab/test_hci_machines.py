"""Virtual machines on lab hosts: from a description to a console that speaks, a disk that comes along, and what is never started twice."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hci_bench import Ground, bare_hosts
from lab_bench import until

from retailops.lab import tiny_machine

pytestmark = [pytest.mark.lab, pytest.mark.long]

HOSTS = ("h1", "h2", "h3")
BOOT = 120.0


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Iterator[Ground]:
    """Three hosts, two machines that stay apart, and the image that they begin as."""
    del world
    image = tiny_machine.build(print)
    with bare_hosts(tmp_path_factory.mktemp("machines") / "fleet", "hci_machines.yaml") as made:
        (made.fleet / "images").mkdir()
        shutil.copyfile(image, made.fleet / "images/tiny.raw")
        made.describe("0" * 64, hashlib.sha256(image.read_bytes()).hexdigest())
        made.hci("up")
        yield made


def console(ground: Ground, host: str, machine: str) -> str:
    return ground.run(host, "sh", "-c", f"cat /var/log/libvirt/qemu/{machine}.console 2>/dev/null || true")


def said(ground: Ground, host: str, machine: str, words: str) -> bool:
    return until(lambda: words in console(ground, host, machine), BOOT)


def virsh(ground: Ground, host: str, *words: str) -> str:
    return ground.run(host, "virsh", "--quiet", "--connect", "qemu:///system", *words)


def test_each_machine_boots_from_its_volume_under_its_name_and_address(ground: Ground) -> None:
    assert said(ground, "h1", "till-db1", "tiny: till-db1 10.9.0.11/24, start 1, disk of 1024 MiB")
    assert said(ground, "h2", "till-db2", "tiny: till-db2 10.9.0.12/24, start 1, disk of 1024 MiB")
    found = ground.answer("status")
    assert [(each["id"], each["runs"], each["belongs"]) for each in found["machines"]] == [
        ("till-db1", [{"host": "h1", "state": "running"}], "h1"),
        ("till-db2", [{"host": "h2", "state": "running"}], "h2"),
    ]
    assert found["faults"] == []


def test_machines_are_reached_from_another_host_in_their_zone(ground: Ground) -> None:
    ground.run("h3", "ip", "addr", "add", "10.9.0.250/24", "dev", "br-services")
    try:
        for address in ("10.9.0.11", "10.9.0.12"):
            assert until(
                lambda there=address: " 0% packet loss" in ground.run("h3", "ping", "-c1", "-W2", there, check=False)
            )
    finally:
        ground.run("h3", "ip", "addr", "del", "10.9.0.250/24", "dev", "br-services")


def test_a_second_run_changes_nothing(ground: Ground) -> None:
    assert ground.answer("up")["changed"] == {}


def test_the_pools_key_is_where_libvirt_keeps_it_and_nowhere_else(ground: Ground) -> None:
    keys = set(re.findall(r"AQ[A-Za-z0-9+/]{30,}==", ground.run("h1", "sh", "-c", "cat /etc/libvirt/secrets/*.base64")))
    assert len(keys) == 1
    (key,) = keys
    search = f"grep -rlF '{key}' /etc /run /root /tmp /var/log /var/lib --exclude-dir=store.db 2>/dev/null || true"
    for host in HOSTS:
        assert ground.run(host, "sh", "-c", search).split() == secrets(ground, host), host
        assert key not in ground.run(host, "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"), host


def secrets(ground: Ground, host: str) -> list[str]:
    return ground.run(host, "sh", "-c", "ls /etc/libvirt/secrets/*.base64").split()


def test_a_machine_that_ended_starts_again_with_its_disk(ground: Ground) -> None:
    virsh(ground, "h1", "destroy", "till-db1")
    assert "machine till-db1 runs nowhere; retailops hci up starts it" in ground.answer("status")["faults"]
    ground.hci("up")
    assert said(ground, "h1", "till-db1", "start 2, disk of 1024 MiB")


def test_a_machine_whose_disk_somebody_has_open_is_not_started(ground: Ground) -> None:
    """As after its host was cut off from us and still writes: here the machine was started by hand where nobody looks."""
    virsh(ground, "h2", "destroy", "till-db2")
    ground.run(
        "h3",
        "sh",
        "-c",
        "sed 's/<name>.*/<name>stray<\\/name>/;/<uuid>/d' /etc/retailops/machines/till-db2.xml >/run/stray.xml",
    )
    virsh(ground, "h3", "create", "/run/stray.xml")
    try:
        assert "till-db2 is not started: its disk is open at 10.8.0.13" in ground.hci("up", code=1)
        assert virsh(ground, "h2", "list", "--name").split() == []
        assert "machine stray runs on h3 and is not in fleet.yaml" in ground.answer("status")["faults"]
    finally:
        virsh(ground, "h3", "destroy", "stray")
    ground.hci("up")
    assert "till-db2" in virsh(ground, "h2", "list", "--name")


def test_a_host_that_comes_back_starts_nothing_by_itself(ground: Ground) -> None:
    ground.faults.power_off("h1")
    ground.faults.power_on("h1")
    assert virsh(ground, "h1", "list", "--all", "--name").split() == []
    ground.hci("up")
    assert said(ground, "h1", "till-db1", "start 3, disk of 1024 MiB")


def test_a_disk_grows_and_never_shrinks(ground: Ground) -> None:
    ground.describe(
        "{id: till-db1, vcpus: 1, memoryMib: 128, diskGib: 1", "{id: till-db1, vcpus: 1, memoryMib: 128, diskGib: 2"
    )
    ground.hci("up")
    virsh(ground, "h1", "destroy", "till-db1")
    ground.hci("up")
    assert said(ground, "h1", "till-db1", "disk of 2048 MiB")
    ground.describe("memoryMib: 128, diskGib: 2", "memoryMib: 128, diskGib: 1")
    assert "machine.till-db1 should have 1 GiB and it has 2.0; a disk never shrinks" in ground.hci("up", code=1)
