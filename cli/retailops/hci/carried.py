"""What the cluster carries: each machine where it belongs, and elsewhere when that host is gone. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from retailops.hci.placement import place
from retailops.model.hosts import Hci
from retailops.render.hci_cluster import Carried
from retailops.render.hci_machines import domain_path

AGENT = "ocf:heartbeat:VirtualDomain"
PREFIX = "machine-"
_SETTINGS = {
    "hypervisor": "qemu:///system",
    "autoset_utilization_cpu": "false",
    "autoset_utilization_hv_memory": "false",
    "autoset_utilization_host_memory": "false",
}
"""An agent that writes what it sees into the configuration would change it at every look."""


def carried(hci: Hci) -> Iterator[Carried]:
    """No name of a machine is that of a fence device, since each begins with `PREFIX`."""
    home = place(hci).host
    for machine in hci.machines:
        parameters = {"config": domain_path(machine.id), **_SETTINGS}
        yield Carried(f"{PREFIX}{machine.id}", AGENT, home.get(machine.id, ""), parameters, machine.priority, start=120)
