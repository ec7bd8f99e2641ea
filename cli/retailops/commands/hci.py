"""`retailops hci`: the hyperconverged hosts of the central private cloud."""

from __future__ import annotations

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.commands.hci_change import add, drain, replace
from retailops.commands.hci_demo import demo
from retailops.commands.hci_drill import drill
from retailops.commands.hci_fencing import confirm_off
from retailops.commands.hci_machines import changes, machines_now
from retailops.commands.hci_mirror import mirror
from retailops.commands.hci_pace import until_full
from retailops.commands.hci_pool import pool
from retailops.commands.hci_report import report
from retailops.commands.hci_roll import roll, rolled_line, rolling_of, upgrade
from retailops.commands.hci_shown import show_sizing, show_state, sizing_document
from retailops.commands.hci_target import refuse_broken, site_of, site_option, standing_of
from retailops.errors import GateNotMet


@click.group()
def hci() -> None:
    """Hyperconverged hosts: storage by Ceph and virtual machines on the same computers."""


for command in (add, drain, replace, drill, report, demo, roll, upgrade, pool, confirm_off, mirror):
    hci.add_command(command)


@hci.command()
@click.option("--sizing-only", is_flag=True, help="Only from fleet.yaml; no host is asked.")
@site_option
@output_option
@pass_app
def plan(app: App, console: Console, sizing_only: bool) -> None:
    """Say what the hosts of fleet.yaml can hold and survive, then what `up` would change on them; nothing is touched.

    Ends with 6 where they can't hold what `hci.survives` promises.

    Example: retailops hci plan
    """
    from retailops.hci.sizing import size
    from retailops.hci.status.disks import astray
    from retailops.plan import Action

    hosts = site_of(app).hci
    sizing = size(hosts)
    show_sizing(console, hosts, sizing)
    refuse_broken(hosts)
    standing = None if sizing_only else standing_of(app)
    items = standing.plan() if standing else ()
    missing = tuple(astray(standing.disks, standing.see())) if standing else ()
    console.line()
    for item in items:
        console.line(f"  {'+' if isinstance(item, Action) else '='} {item.kind} {item.target}: {item.reason}")
    for line in missing:
        console.line(f"! {line}")
    console.result({**sizing_document(sizing), "items": [item.to_json() for item in items], "astray": list(missing)})


@hci.command()
@click.option("--wait", default=300, show_default=True, metavar="SECONDS", help="How long to wait until it is whole.")
@site_option
@output_option
@pass_app
def up(app: App, console: Console, wait: int) -> None:
    """Bring hosts, monitors, disks and pools to what fleet.yaml says, wait until the cluster is whole, and start its machines.

    Killed anywhere, the same command goes on; a second run changes nothing. A disk is touched only when its serial number is the one
    in fleet.yaml and nothing is on it. Daemons that run with an older configuration are restarted while the cluster serves, as by `roll`.

    Example: retailops hci up
    """
    from retailops.hci.changes.moving import settle
    from retailops.hci.changes.places import move
    from retailops.hci.changes.pool_deletion import guard

    refuse_broken(site_of(app).hci)
    standing = standing_of(app)
    rolling = rolling_of(standing, console)
    with standing.alone("hci up"):
        moved = move(standing, console.line)
        result = standing.provision(console.line)
        rolling.forgotten()
        guard(standing)
        healthy = standing.wait_healthy(wait, console.line)
        steps = settle(standing, console.line)
        rolled = rolling.run(lambda daemon: bool(daemon.behind))
        machines = standing.run_machines(console.line)
        together = standing.unite(console.line)
    done = changes(result, machines, together)
    changed = sum(len(tasks) for tasks in done.values())
    console.line(
        f"{changed} changes in {result.seconds:.0f} s; whole {healthy:.0f} s later; {steps} steps to move copies"
    )
    if rolled.turns:
        console.line(rolled_line(rolled))
    console.result(
        {
            "changed": done,
            "seconds": result.seconds,
            "healthy": healthy,
            "moved": [each.host for each in moved],
            "steps": steps,
            "restarted": list(rolled.restarted),
        }
    )


@hci.command()
@click.option("--check", is_flag=True, help="End with 6 unless it is whole.")
@site_option
@output_option
@pass_app
def status(app: App, console: Console, check: bool) -> None:
    """Show the storage cluster as it is now, the virtual machines, and lost hosts with what their machines wait for.

    Says when it will be full at this pace: how full it was is kept beside the fleet's records whenever this is asked, and an hour of it
    is needed.

    Example: retailops hci status --output json
    """
    from retailops.hci.changes.versions import mixed
    from retailops.hci.machines.fencing import wrong as fencing_wrong
    from retailops.hci.machines.together import cluster
    from retailops.hci.status import clocks
    from retailops.hci.status.health import faults

    standing = standing_of(app)
    state, together = standing.state(), cluster(standing)
    wrong = [*faults(state), *standing.down(state), *mixed(state.get("versions", {}))]
    wrong += fencing_wrong(standing.hci, together)
    off = list(clocks.wrong(clocks.read(standing.ports.prober, standing.own)))
    days = until_full(app, state) if state else None
    if state:
        show_state(console, state, days)
    machines, astray = machines_now(console, standing)
    wrong += astray
    for line in (*wrong, *off):
        console.line(f"! {line}")
    console.result(
        {**state, "machines": machines, "cluster": together, "daysLeft": days, "faults": wrong, "clocks": off}
    )
    if check and (wrong or off):
        raise GateNotMet("the storage cluster is not whole", details="\n".join((*wrong, *off)))
