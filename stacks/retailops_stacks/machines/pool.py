"""A pool of machines behind one component: libvirt, Proxmox VE or vSphere by their Pulumi packages, imported when named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol

import pulumi

BACKENDS = {"libvirt": "Libvirt", "proxmox": "Proxmox", "vsphere": "Vsphere"}
"""Provider -> the class in the module of the same name."""


@dataclass(frozen=True)
class MachinePoolArgs:
    """`size` machines `<name>-1`, `<name>-2` ... of `machine` (CPUs `x` GiB, `4x16`), each from the disk image or template `image`.

    `place` is what the provider needs to know of where they stand: see each back-end for its keys.
    """

    provider: str
    name: str
    machine: str
    image: str
    size: int
    disk_gib: int = 100
    place: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [f"{self.name}-{n}" for n in range(1, self.size + 1)]

    @property
    def cpus(self) -> int:
        return self._numbers()[0]

    @property
    def memory_mib(self) -> int:
        return self._numbers()[1] * 1024

    def _numbers(self) -> tuple[int, int]:
        cpus, _, gib = self.machine.partition("x")
        if not (cpus.isdigit() and gib.isdigit()):
            raise pulumi.RunError(f"machine {self.machine!r} is not CPUs x GiB, such as 4x16")
        return int(cpus), int(gib)

    def at(self, key: str) -> str:
        """One thing of `place`; raises `pulumi.RunError` naming what is missing."""
        if not self.place.get(key):
            raise pulumi.RunError(f"machines of {self.provider} need place.{key}")
        return self.place[key]


class Machines(Protocol):
    """A back-end: makes one machine below `opts.parent`."""

    def machine(self, args: MachinePoolArgs, name: str, opts: pulumi.ResourceOptions) -> pulumi.Resource: ...


class MachinePool(pulumi.ComponentResource):  # type: ignore[misc]
    """`names` are the machines' names; how they join a cluster is for whoever installs it there."""

    names: list[str]

    def __init__(self, args: MachinePoolArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("retailops:private:MachinePool", args.name, {}, opts)
        below = pulumi.ResourceOptions(parent=self)
        backend = machines(args.provider)
        for name in args.names:
            backend.machine(args, name, below)
        self.names = args.names
        self.register_outputs({"names": self.names})


def machines(provider: str) -> Machines:
    """The back-end of a provider; raises `pulumi.RunError` naming what is missing."""
    if provider not in BACKENDS:
        raise pulumi.RunError(f"no machines from {provider!r}; there are {', '.join(BACKENDS)}")
    try:
        made: Machines = getattr(import_module(f"retailops_stacks.machines.{provider}"), BACKENDS[provider])()
    except ModuleNotFoundError as error:
        package = (error.name or "").replace("_", "-")
        raise pulumi.RunError(
            f"machines from {provider} need the package {package}, which is not installed: pip install {package}"
        ) from error
    return made
