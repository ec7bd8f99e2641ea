"""`retailops hci add|drain|replace`: hosts and disks that come and go."""

from __future__ import annotations

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, confirm, output_option
from retailops.commands.hci_target import refuse_broken, site_option, standing_of


@click.command()
@click.argument("host", metavar="HOST")
@site_option
@output_option
@pass_app
def add(app: App, console: Console, host: str) -> None:
    """Bring a host of fleet.yaml in while the cluster serves: its disks get copies a little at a time, then machines may run on it.

    A host that would strand capacity is refused with what would. Killed anywhere, the same command goes on.

    Example: retailops hci add h7
    """
    from retailops.errors import UsageError
    from retailops.hci.changes.moving import settle

    standing = standing_of(app)
    if host not in {each.id for each in standing.hci.hosts}:
        raise UsageError(f"fleet.yaml has no host {host}", resolution="Describe it under hci.hosts first.")
    refuse_broken(standing.hci)
    with standing.alone(f"hci add {host}"):
        standing.provision(console.line)
        steps = settle(standing, console.line)
        standing.run_machines(console.line)
        standing.unite(console.line)
    console.line(f"{host} is in, after {steps} steps")
    console.result({"host": host, "steps": steps})


@click.command()
@click.argument("host", metavar="HOST")
@click.option("--remove", is_flag=True, help="Take its disks out of the cluster for good afterwards.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@site_option
@output_option
@pass_app
def drain(app: App, console: Console, host: str, remove: bool, yes: bool) -> None:
    """Move every copy off a host, a little at a time; refused where the others can't hold what is stored.

    Example: retailops hci drain h7 --remove
    """
    from retailops.hci.changes import leaving

    standing = standing_of(app)
    leaving.refuse_unfit(standing.hci, host, standing.answer())
    confirm(console, f"Move every copy off {host}{', and remove its disks for good' if remove else ''}?", yes=yes)
    with standing.alone(f"hci drain {host}"):
        steps = leaving.drain(standing, host, console.line)
        console.line(f"{host} holds nothing, after {steps} steps")
        gone = leaving.disks_of(standing, host) if remove else ()
        leaving.remove(standing, gone, console.line)
    console.result({"host": host, "steps": steps, "removed": list(gone)})


@click.command()
@click.option("--yes", is_flag=True, help="Don't ask.")
@site_option
@output_option
@pass_app
def replace(app: App, console: Console, yes: bool) -> None:
    """After a disk was changed and its new serial number is in fleet.yaml: the old one leaves the cluster, the new one comes in.

    Example: retailops hci replace
    """
    from retailops.hci.changes import leaving
    from retailops.hci.changes.moving import settle

    standing = standing_of(app)
    refuse_broken(standing.hci)
    standing.require_disks()
    old = leaving.strangers(standing)
    names = ", ".join(f"osd.{number} on {host}" for number, host in old.items()) or "none"
    confirm(console, f"Take out for good what fleet.yaml no longer names ({names}), and bring in what is new?", yes=yes)
    with standing.alone("hci replace"):
        leaving.refuse_others(standing, old)
        leaving.remove(standing, tuple(old), console.line)
        standing.provision(console.line)
        steps = settle(standing, console.line)
    console.line(f"{len(old)} disks out, the new ones in after {steps} steps")
    console.result({"removed": list(old), "steps": steps})
