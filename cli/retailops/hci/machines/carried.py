"""What the cluster carries: each machine where it belongs, and elsewhere when that host is gone. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from retailops.hci.machines.placement import place
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
    """Best where it belongs, next where the plan has room without that host; Pacemaker counts no memory itself.

    No name of a machine is that of a fence device, since each begins with `PREFIX`.
    """
    home = place(hci).host
    without = {host: place(hci, [host], home).host for host in set(home.values())}
    for machine in hci.machines:
        at = home.get(machine.id, "")
        yield Carried(
            f"{PREFIX}{machine.id}",
            AGENT,
            at,
            {"config": domain_path(machine.id), **_SETTINGS},
            machine.priority,
            start=120,
            then=without[at].get(machine.id, "") if at else "",
            apart=machine.apart or "",
        )
