"""Machines of KVM/libvirt hosts. `place`: `pool` (storage) and `network`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pulumi

from retailops_stacks.machines.pool import MachinePoolArgs

_GIB = 1024**3


class Libvirt:
    """Implements `Machines`; its package is imported when it is named."""

    def __init__(self) -> None:
        self.sdk: Any = import_module("pulumi_libvirt")

    def machine(self, args: MachinePoolArgs, name: str, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        disk = self.sdk.Volume(
            name,
            name=f"{name}.qcow2",
            pool=args.at("pool"),
            base_volume_name=args.image,
            size=args.disk_gib * _GIB,
            opts=opts,
        )
        return self.sdk.Domain(
            name,
            name=name,
            vcpu=args.cpus,
            memory=args.memory_mib,
            autostart=True,
            disks=[self.sdk.DomainDiskArgs(volume_id=disk.id)],
            network_interfaces=[self.sdk.DomainNetworkInterfaceArgs(network_name=args.at("network"), hostname=name)],
            opts=opts,
        )
