"""The ports that a lab offers for hyperconverged hosts: where they are, and faults on purpose."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from retailops.errors import RetailopsError, UsageError
from retailops.lab import bring_up, controllers, hosts, power, racks, record, rot, sites
from retailops.lab.topology import Machine, Topology
from retailops.ports import ControllerMood, Host

STANDS_IN = (
    "hosts: systemd-nspawn machines on this computer stand in for hyperconverged hosts",
    "disks: sparse files stand in for disks; all of them share one real disk, and killing a host keeps its page cache",
    "switches: bridges stand in for the racks' switches; the storage and cluster networks share one wire",
    "link between sites: the racks of both sites hang on one switch; cutting the link drops what goes between them",
    "controllers: a program of the lab that speaks Redfish stands in for the hosts' management controllers",
    "clocks: all hosts have this computer's clock; chrony there measures it and never sets it",
    "machines: their processors are emulated, and their network has no VLAN, where fleet.yaml says so",
)


@dataclass(frozen=True)
class LabGround:
    """`ports.Ground` of a lab; reads its record at each call."""

    lab: str
    stands_in: tuple[str, ...] = STANDS_IN

    def hosts(self) -> Mapping[str, Host]:
        topology = _topology(self.lab)
        found = {each.name: sites.host(topology, each) for each in topology.hosts if each.role == "hci"}
        if not found:
            raise RetailopsError(f"lab {self.lab} has no hyperconverged hosts", resolution="retailops lab up --hci")
        return found


@dataclass(frozen=True)
class LabFaults:
    """`ports.Faults` of a lab."""

    lab: str

    def unplug(self, rack: str) -> None:
        racks.unplug(_topology(self.lab), rack)

    def replug(self, rack: str) -> None:
        racks.replug(_topology(self.lab), rack)

    def split(self, one: tuple[str, ...], other: tuple[str, ...]) -> None:
        racks.split(_topology(self.lab), one, other)

    def join(self) -> None:
        racks.join(_topology(self.lab))

    def power_off(self, host: str) -> None:
        topology = _topology(self.lab)
        power.off(topology, _machine(topology, host))

    def power_on(self, host: str) -> None:
        topology = _topology(self.lab)
        machine = _machine(topology, host)
        power.on(topology, machine)
        bring_up.booted(topology, machine, time.monotonic() + bring_up.PATIENCE)

    def controller(self, host: str, mood: ControllerMood) -> None:
        topology = _topology(self.lab)
        if host not in topology.controllers:
            raise UsageError(f"{host} has no controller in the lab", resolution="Give it one in fleet.yaml.")
        controllers.behave(topology, _machine(topology, host), mood)

    def rot(self, host: str, serial: str, head: bytes) -> None:
        topology = _topology(self.lab)
        rot.turn(hosts.folder(topology, _machine(topology, host)) / "upper" / hosts.DISKS / serial, head)


def _machine(topology: Topology, host: str) -> Machine:
    for each in topology.hosts:
        if each.name == host and each.role == "hci":
            return each
    names = ", ".join(each.name for each in topology.hosts if each.role == "hci")
    raise UsageError(f"the lab has no hyperconverged host {host}", resolution=f"Its hosts: {names or 'none'}")


def _topology(lab: str) -> Topology:
    known = record.read(lab)
    if known is None:
        raise RetailopsError(f"there is no lab {lab}", resolution="retailops lab up --hci")
    return Topology(known)
