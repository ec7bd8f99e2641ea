"""`retailops hci`: the hyperconverged hosts of the central private cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.commands.hci_shown import show_sizing, show_state, sizing_document
from retailops.errors import FleetError, GateNotMet

if TYPE_CHECKING:
    from retailops.hci.standing import Standing
    from retailops.model.chain import FleetFile
    from retailops.model.hosts import Hci


@click.group()
def hci() -> None:
    """Hyperconverged hosts: storage by Ceph and virtual machines on the same computers."""


@hci.command()
@click.option("--sizing-only", is_flag=True, help="Only from fleet.yaml; no host is asked.")
@output_option
@pass_app
def plan(app: App, console: Console, sizing_only: bool) -> None:
    """Say what the hosts of fleet.yaml can hold and survive, then what `up` would change on them; nothing is touched.

    Ends with 6 where they can't hold what `hci.survives` promises.

    Example: retailops hci plan
    """
    from retailops.hci.sizing import size
    from retailops.plan import Action

    hosts = _described(app).hci
    sizing = size(hosts)
    show_sizing(console, hosts, sizing)
    _refuse_broken(hosts)
    items = () if sizing_only else _standing(app).plan()
    console.line()
    for item in items:
        console.line(f"  {'+' if isinstance(item, Action) else '='} {item.kind} {item.target}: {item.reason}")
    console.result({**sizing_document(sizing), "items": [item.to_json() for item in items]})


@hci.command()
@click.option("--wait", default=300, show_default=True, metavar="SECONDS", help="How long to wait until it is whole.")
@output_option
@pass_app
def up(app: App, console: Console, wait: int) -> None:
    """Bring hosts, monitors, disks and pools to what fleet.yaml says, and wait until the cluster is whole.

    Killed anywhere, the same command goes on; a second run changes nothing. A disk is touched only when its serial number is the one
    in fleet.yaml and nothing is on it.

    Example: retailops hci up
    """
    _refuse_broken(_described(app).hci)
    standing = _standing(app)
    with standing.alone("hci up"):
        result = standing.provision(console.line)
        healthy = standing.wait_healthy(wait, console.line)
    changed = sum(len(tasks) for tasks in result.changed.values())
    console.line(f"{changed} changes in {result.seconds:.0f} s; whole {healthy:.0f} s later")
    console.result(
        {"changed": {k: list(v) for k, v in result.changed.items()}, "seconds": result.seconds, "healthy": healthy}
    )


@hci.command()
@click.option("--check", is_flag=True, help="End with 6 unless it is whole.")
@output_option
@pass_app
def status(app: App, console: Console, check: bool) -> None:
    """Show the storage cluster as it is now: health, disks, placement, balance.

    Example: retailops hci status --output json
    """
    from retailops.hci.health import faults

    state = _standing(app).state()
    wrong = faults(state)
    if state:
        show_state(console, state)
    for line in wrong:
        console.line(f"! {line}")
    console.result({**state, "faults": wrong})
    if check and wrong:
        raise GateNotMet("the storage cluster is not whole", details="\n".join(wrong))


def _described(app: App) -> FleetFile:
    from retailops.model import load_chain

    chain = load_chain(app.root)
    if not chain.hci.hosts:
        raise FleetError(
            "fleet.yaml describes no hosts under hci", resolution="docs/how-to/describe-hosts.md shows how."
        )
    return chain


def _standing(app: App) -> Standing:
    from retailops.hci.standing import Standing

    chain = _described(app)
    return Standing(chain.hci, chain.chain.id, app.ports)


def _refuse_broken(hosts: Hci) -> None:
    from retailops.hci.promises import broken

    if lines := list(broken(hosts)):
        raise GateNotMet(
            f"{len(lines)} of hci's promises can't be held",
            details="\n".join(lines),
            resolution="Change hci in fleet.yaml; `retailops hci plan --sizing-only` says when it holds.",
        )
