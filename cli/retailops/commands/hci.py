"""`retailops hci`: the hyperconverged hosts of the central private cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.errors import FleetError, GateNotMet

if TYPE_CHECKING:
    from retailops.hci.sizing import Loss, Sizing
    from retailops.model.hosts import Hci


@click.group()
def hci() -> None:
    """Hyperconverged hosts: storage by Ceph and virtual machines on the same computers."""


@hci.command()
@output_option
@pass_app
def plan(app: App, console: Console) -> None:
    """Say what the hosts of fleet.yaml can hold and survive, before anything is touched.

    Ends with 6 where they can't hold what `hci.survives` promises.

    Example: retailops hci plan
    """
    from retailops.hci.promises import broken
    from retailops.hci.sizing import size

    hosts = described(app)
    lines = list(broken(hosts))
    sizing = size(hosts)
    _show(console, hosts, sizing)
    console.result({**_document(sizing), "broken": lines})
    if lines:
        raise GateNotMet(
            f"{len(lines)} promise(s) of hci can't be held",
            details="\n".join(lines),
            resolution="Change hci in fleet.yaml; `retailops hci plan` says when it holds.",
        )


def described(app: App) -> Hci:
    """`hci:` of the fleet; raises `FleetError` where it has no hosts."""
    from retailops.model import load_fleet

    hosts = load_fleet(app.root).hci
    if not hosts.hosts:
        raise FleetError("fleet.yaml describes no hosts under hci", resolution="See docs/how-to/describe-hosts.md.")
    return hosts


def _show(console: Console, hosts: Hci, sizing: Sizing) -> None:
    racks = len({host.rack for host in hosts.hosts})
    console.line(f"{len(hosts.hosts)} hosts in {racks} racks, {sum(len(h.disks) for h in hosts.hosts)} disks")
    console.line(f"raw        {sizing.raw_gib:>12,.0f} GiB")
    console.line(f"usable     {sizing.usable_gib:>12,.0f} GiB of data, every promise held")
    console.line(f"stranded   {sizing.stranded_gib:>12,.0f} GiB that no copy can use")
    console.line(f"memory     {sizing.memory_gib:>12,.0f} GiB for machines, which take {hosts.machines_gib:,}")
    rows = [
        (f"{loss.kind} {loss.name}", f"{loss.usable_gib:,.0f}", f"{loss.memory_gib:,.0f}", _heals(loss))
        for kind in ("host", "rack")
        if (loss := sizing.worst(kind))
    ]
    console.line()
    console.table(("WORST LOSS", "USABLE GiB", "MEMORY GiB", "HEALS ITSELF"), rows)


def _heals(loss: Loss) -> str:
    if not loss.usable_gib:
        return "no: no place for every copy; serves with fewer"
    return f"yes: {loss.refill_gib:,.0f} GiB in {loss.hours:.1f} h at the storage network's half"


def _document(sizing: Sizing) -> dict[str, Any]:
    return {
        "rawGib": sizing.raw_gib,
        "usableGib": sizing.usable_gib,
        "strandedGib": sizing.stranded_gib,
        "memoryGib": sizing.memory_gib,
        "losses": [
            {
                "kind": loss.kind,
                "name": loss.name,
                "usableGib": loss.usable_gib,
                "memoryGib": loss.memory_gib,
                "refillGib": loss.refill_gib,
                "healsInHours": loss.hours if loss.usable_gib else None,
            }
            for loss in sizing.losses
        ],
    }
