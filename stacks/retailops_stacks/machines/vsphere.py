"""Machines of vSphere. `place`: the ids `resourcePool`, `datastore` and `network`; the image is a template's UUID."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pulumi

from retailops_stacks.machines.pool import MachinePoolArgs


class Vsphere:
    """Implements `Machines`; its package is imported when it is named."""

    def __init__(self) -> None:
        self.sdk: Any = import_module("pulumi_vsphere")

    def machine(self, args: MachinePoolArgs, name: str, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        return self.sdk.VirtualMachine(
            name,
            name=name,
            resource_pool_id=args.at("resourcePool"),
            datastore_id=args.at("datastore"),
            num_cpus=args.cpus,
            memory=args.memory_mib,
            guest_id="otherLinux64Guest",
            disks=[self.sdk.VirtualMachineDiskArgs(label="disk0", size=args.disk_gib, thin_provisioned=True)],
            network_interfaces=[self.sdk.VirtualMachineNetworkInterfaceArgs(network_id=args.at("network"))],
            clone=self.sdk.VirtualMachineCloneArgs(template_uuid=args.image),
            opts=opts,
        )
