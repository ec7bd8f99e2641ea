"""Machines from each provider's Pulumi package, by Pulumi's mocks; no hypervisor was at hand."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pulumi
import pytest
from mocked import run

from retailops_stacks.machines import pool
from retailops_stacks.machines.pool import BACKENDS, MachinePool, MachinePoolArgs
from retailops_stacks.policies import Registered

PLACES = {
    "libvirt": {"pool": "vms", "network": "machines"},
    "proxmox": {"node": "pve1", "datastore": "ceph", "bridge": "vmbr0"},
    "vsphere": {"resourcePool": "resgroup-1", "datastore": "datastore-1", "network": "network-1"},
}
IMAGES = {"libvirt": "debian-12.qcow2", "proxmox": "9000", "vsphere": "4211-aa"}


def made(provider: str, **changes: Any) -> tuple[list[Registered], dict[str, Any]]:
    values = {"machine": "4x16", "image": IMAGES[provider], "size": 2, "place": PLACES[provider], **changes}
    args = MachinePoolArgs(provider, "private-node", **values)
    return run(lambda: {"names": MachinePool(args, pulumi.ResourceOptions()).names})


@pytest.mark.parametrize(
    ("provider", "kinds", "cpu", "memory"),
    [
        ("libvirt", {"libvirt:index/volume:Volume": 2, "libvirt:index/domain:Domain": 2}, "vcpu", "memory"),
        ("proxmox", {"proxmoxve:index/vmLegacy:VmLegacy": 2}, "cpu", "memory"),
        ("vsphere", {"vsphere:index/virtualMachine:VirtualMachine": 2}, "numCpus", "memory"),
    ],
)
def test_two_machines(provider: str, kinds: dict[str, int], cpu: str, memory: str) -> None:
    resources, outputs = made(provider)
    assert outputs == {"names": ["private-node-1", "private-node-2"]}
    assert Counter(item.kind for item in resources) == kinds
    machine = resources[-1].inputs
    assert machine[cpu] in (4, {"cores": 4, "type": "host"})
    assert machine[memory] in (16384, {"dedicated": 16384})


@pytest.mark.parametrize("provider", BACKENDS)
def test_a_missing_place_is_named(provider: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"machines of {provider} need place"):
        made(provider, place={})


def test_odd_sizes_and_providers_are_one_line() -> None:
    with pytest.raises(pulumi.RunError, match="machine 'big' is not CPUs x GiB"):
        made("libvirt", machine="big")
    with pytest.raises(pulumi.RunError, match="no machines from 'moon'; there are libvirt, proxmox, vsphere"):
        pool.machines("moon")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name="pulumi_libvirt")

    monkeypatch.setattr(pool, "import_module", absent)
    with pytest.raises(pulumi.RunError, match="need the package pulumi-libvirt, which is not installed"):
        pool.machines("libvirt")
