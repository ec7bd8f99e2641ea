"""`retailops hci roll`: changes to hosts that serve, a rack at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, confirm, output_option
from retailops.commands.hci_target import site_option, standing_of

if TYPE_CHECKING:
    from retailops.hci.changes.rolling import Rolled, Rolling
    from retailops.hci.standing import Standing


def rolling_of(standing: Standing, console: Console) -> Rolling:
    from retailops.hci.changes.rolling import Rolling
    from retailops.hci.changes.serving import Serving

    return Rolling(Serving(standing), standing.ports.clock, console.line)


def rolled_line(rolled: Rolled) -> str:
    return f"{len(rolled.restarted)} daemons restarted in {rolled.turns} turns and {rolled.seconds:.0f} s"


@click.command()
@click.option("--all", "every", is_flag=True, help="Restart every daemon, also those that are up to date.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@site_option
@output_option
@pass_app
def roll(app: App, console: Console, every: bool, yes: bool) -> None:
    """Restart the daemons that run with an older configuration or from older packages, while the cluster serves.

    Monitors one by one, managers one by one, then disks a rack at a time; each turn begins only when the cluster is whole, and the next
    only when it is whole again. A rack's disks are not declared lost meanwhile (noout). Killed anywhere, the same command takes
    noout back and goes on. Ends with 6 where the cluster isn't whole.

    Example: retailops hci roll
    """
    standing = standing_of(app)
    if every:
        confirm(console, "Restart every daemon of the storage cluster, a rack at a time?", yes=yes)
    with standing.alone("hci roll"):
        rolled = rolling_of(standing, console).run(lambda daemon: every or bool(daemon.behind))
    _show(console, rolled)


@click.command()
@click.option("--yes", is_flag=True, help="Don't ask.")
@site_option
@output_option
@pass_app
def upgrade(app: App, console: Console, yes: bool) -> None:
    """Bring Ceph to the version that the hosts' package sources have, while the cluster serves.

    Monitors, managers, then disks, in the turns of `roll`; the packages of a turn's hosts come first. Two versions may run together,
    never three. Killed anywhere, the same command goes on. Ends with 6 where the versions or the cluster's health forbid it.

    Example: retailops hci upgrade
    """
    from retailops.hci.changes.serving import Serving
    from retailops.hci.changes.software import HostsSoftware
    from retailops.hci.changes.upgrading import Upgrading

    standing = standing_of(app)
    confirm(console, "Upgrade Ceph on every host, a rack at a time? There is no way back to an older version.", yes=yes)
    with standing.alone("hci upgrade"):
        software = HostsSoftware(standing, console.line)
        rolled = Upgrading(Serving(standing), software, standing.ports.clock, console.line).run()
    _show(console, rolled)


def _show(console: Console, rolled: Rolled) -> None:
    console.line(rolled_line(rolled) if rolled.turns else "every daemon is up to date")
    console.result({"restarted": list(rolled.restarted), "turns": rolled.turns, "seconds": rolled.seconds})
