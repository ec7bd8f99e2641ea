"""A lab that is there, found by its id or by the fleet repository it was made for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retailops.errors import RetailopsError
from retailops.lab import devices, machines, record, spaces
from retailops.lab.sites import LabLines, LabSites
from retailops.lab.topology import Machine, Topology


@dataclass(frozen=True)
class Lab:
    """A lab's id, and what it offers. Whether its hosts run is another question: see `machines.states`."""

    id: str

    @classmethod
    def find(cls, lab: str) -> Lab:
        """The lab with this id; RetailopsError where there is none."""
        if record.read(lab) is None:
            raise RetailopsError(f"there is no lab {lab}", resolution="retailops lab up makes one.")
        return cls(lab)

    @classmethod
    def of_fleet(cls, root: Path) -> Lab:
        """The lab made for this fleet repository, its own id first; RetailopsError where there is none."""
        found = [each.id for each in record.every() if Path(each.fleet) == root.resolve()]
        if not found:
            raise RetailopsError(f"there is no lab for {root}", resolution="retailops lab up makes one.")
        own = record.default_id(root)
        return cls(own if own in found else found[0])

    @property
    def topology(self) -> Topology:
        known = record.read(self.id)
        if known is None:
            raise RetailopsError(f"lab {self.id} was taken down", resolution="retailops lab up")
        return Topology(known)

    @property
    def namespace(self) -> str:
        """The network namespace in which whatever acts on the lab runs."""
        return self.topology.root

    @property
    def sites(self) -> LabSites:
        return LabSites(self.id)

    @property
    def lines(self) -> LabLines:
        return LabLines(self.id)

    def machine(self, name: str) -> Machine:
        """A host or device; RetailopsError with the names there are."""
        for each in self.topology.machines:
            if each.name == name:
                return each
        names = ", ".join(each.name for each in self.topology.machines)
        raise RetailopsError(f"lab {self.id} has no machine {name}", resolution=f"Its machines: {names}")

    def command(self, name: str, argv: list[str]) -> list[str]:
        """The argv that runs a command in a host, a device, or (`controller`) where the controller acts."""
        if name == "controller":
            return ["nsenter", f"--net={spaces.path(self.namespace)}", *argv]
        machine = self.machine(name)
        if not machine.is_host:
            return [*devices.prefix(machine.space, devices.folder(self.topology, machine) / "resolv.conf"), *argv]
        pid = machines.leader(self.topology, machine)
        if pid is None:
            raise RetailopsError(f"host {name} is not running", resolution=f"retailops lab up --id {self.id}")
        return machines.within(pid, *argv)


def enter(lab: Lab) -> None:
    """Moves the calling thread, and what it starts from now on, into the lab's network. Call it before starting threads."""
    spaces.enter(lab.namespace)
