"""Machines of a Proxmox VE cluster. `place`: `node`, `datastore` and `bridge`; the image is a template's number."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pulumi

from retailops_stacks.machines.pool import MachinePoolArgs


class Proxmox:
    """Implements `Machines`; its package is imported when it is named."""

    def __init__(self) -> None:
        self.sdk: Any = import_module("pulumi_proxmoxve")

    def machine(self, args: MachinePoolArgs, name: str, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        if not args.image.isdigit():
            raise pulumi.RunError(f"image {args.image!r} is not the number of a Proxmox template")
        return self.sdk.VmLegacy(
            name,
            name=name,
            node_name=args.at("node"),
            clone=self.sdk.VmLegacyCloneArgs(vm_id=int(args.image), datastore_id=args.at("datastore"), full=True),
            cpu=self.sdk.VmLegacyCpuArgs(cores=args.cpus, type="host"),
            memory=self.sdk.VmLegacyMemoryArgs(dedicated=args.memory_mib),
            disks=[self.sdk.VmLegacyDiskArgs(interface="scsi0", datastore_id=args.at("datastore"), size=args.disk_gib)],
            network_devices=[self.sdk.VmLegacyNetworkDeviceArgs(bridge=args.at("bridge"))],
            on_boot=True,
            started=True,
            opts=opts,
        )
