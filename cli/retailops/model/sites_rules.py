"""What must hold between the two sites of the private cloud: nothing has one name at both, and what is mirrored has where to go."""

from __future__ import annotations

from collections.abc import Iterator

from retailops.model.faults import Fault
from retailops.model.hosts import Hci


def both_sites(main: Hci, recovery: Hci) -> Iterator[Fault]:
    for kind in ("rooms", "racks", "hosts"):
        names = {item.id for item in getattr(main, kind)}
        for n, item in enumerate(getattr(recovery, kind)):
            if item.id in names:
                yield ("recovery", kind, n, "id"), f"{item.id} is at the main site; each name stands for one thing"
    owners = {serial: host.id for host in main.hosts for serial in host.disks.values()}
    for n, host in enumerate(recovery.hosts):
        for slot, serial in host.disks.items():
            if serial in owners:
                yield ("recovery", "hosts", n, "disks", slot), f"the disk {serial} is in {owners[serial]} already"
    yield from _mirror(main, recovery)


def _mirror(main: Hci, recovery: Hci) -> Iterator[Fault]:
    if recovery.mirror:
        yield ("recovery", "mirror"), "belongs under hci, and holds for both directions"
    if not main.mirror:
        return
    if not recovery.hosts:
        yield ("hci", "mirror"), "recovery describes no hosts, where the copies would go"
    elif not {pool.id for pool in main.pools} & {pool.id for pool in recovery.pools}:
        yield ("recovery", "pools"), "none has the id of a pool of hci, so nothing would be mirrored"
