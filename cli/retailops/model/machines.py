"""The virtual machines on the hyperconverged hosts: what each is given, the networks they are in, the images they begin as."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, Literal

from annotated_types import Ge, Le

from retailops.model.values import Digest, FreeText, Id, Integer, LocalPath, Name, Part, Positive, Prefix, Word, entries

MOST = 5_000


class Zone(Part):
    """A network of machines, with a bridge on every host: a VLAN on the hosts' trunk, or untagged an `interface` of its own.

    `gateway` is a router's of yours.
    """

    id: Word
    vlan: Annotated[Integer, Ge(2), Le(4094)] | None = None
    interface: Word | None = None
    prefix: Prefix
    gateway: IPv4Address | None = None
    dns: tuple[IPv4Address, ...] = ()


class MachineImage(Part):
    """What a machine's disk holds at first: a raw image, a file of the fleet repository that is kept out of git."""

    id: Id
    file: LocalPath
    sha256: Digest


class Machine(Part):
    """A virtual machine. Those of one `apart` never share a rack; at the loss of a host the highest `priority` comes first, 0 may stay off."""

    id: Id
    vcpus: Annotated[Integer, Ge(1), Le(256)]
    memory_mib: Annotated[Integer, Ge(64), Le(4_194_304)]
    disk_gib: Positive
    zone: Word
    address: IPv4Address
    image: Id
    pool: Id
    priority: Annotated[Integer, Ge(0), Le(9)] = 5
    apart: Id | None = None


class Hypervisor(Part):
    """What all machines share: the hosts' interface with the zones' VLANs, and the processor that they are shown."""

    trunk: Word = "trunk0"
    acceleration: Literal["kvm", "emulation"] = "kvm"
    cpu: Name = "host-model"
    authorized_keys: Annotated[tuple[FreeText, ...], entries(0, 50)] = ()
