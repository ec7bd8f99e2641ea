"""`retailops hci mirror`: the other site's copies, and which site is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.commands.hci_target import described
from retailops.errors import GateNotMet

if TYPE_CHECKING:
    from retailops.hci.mirrors import Mirrored
    from retailops.hci.pair import Pair


@click.group()
def mirror() -> None:
    """Disaster recovery: every volume as a copy at another site, by snapshots.

    Example: retailops hci mirror up && retailops hci mirror status
    """


def pair_of(app: App) -> Pair:
    from retailops.hci.pair import pair

    return pair(described(app), app.ports)


@mirror.command()
@output_option
@pass_app
def up(app: App, console: Console) -> None:
    """Make each site the other's peer, and mirror every volume of the pools that both have; both sites must be up.

    New volumes are mirrored when it runs again; `status` names those that are not. A second run changes nothing.

    Example: retailops hci mirror up
    """
    pair = pair_of(app)
    with pair.alone("hci mirror up"):
        result = pair.tie(console.line)
    console.line(f"{sum(len(tasks) for tasks in result.changed.values())} changes in {result.seconds:.0f} s")
    console.result({"changed": {k: list(v) for k, v in result.changed.items()}, "seconds": result.seconds})


@mirror.command()
@click.option("--check", is_flag=True, help="End with 6 unless the other site could take over as promised.")
@output_option
@pass_app
def status(app: App, console: Console, check: bool) -> None:
    """Show where each volume is written, and how far its copy is behind: what a disaster would cost now.

    Example: retailops hci mirror status --check
    """
    from retailops.hci.mirrors import faults, limit, volumes

    pair = pair_of(app)
    states, now, most = pair.states(), app.ports.clock.now().timestamp(), limit(pair.minutes)
    found, wrong = volumes(states, now), list(faults(states, now, most))
    show_volumes(console, found)
    for line in wrong:
        console.line(f"! {line}")
    console.result({"volumes": [document(each) for each in found], "limit": most, "faults": wrong})
    if check and wrong:
        raise GateNotMet("the other site could not take over as promised", details="\n".join(wrong))


def show_volumes(console: Console, found: tuple[Mirrored, ...]) -> None:
    rows = [(each.id, " and ".join(each.primary) or "nowhere", _behind(each), _state(each)) for each in found]
    console.table(("VOLUME", "WRITTEN AT", "COPY BEHIND", "COPY IS"), rows)


def document(volume: Mirrored) -> dict[str, object]:
    return {
        "volume": volume.id,
        "primary": list(volume.primary),
        "behind": None if volume.behind is None else round(volume.behind, 1),
        "splitBrain": volume.split,
        "sites": {site: dict(said) for site, said in volume.here.items()},
    }


def _behind(volume: Mirrored) -> str:
    return "unknown" if volume.behind is None else f"{volume.behind:.0f} s"


def _state(volume: Mirrored) -> str:
    copies = [
        f"{each['state']} at {site}" for site, each in volume.here.items() if each["mirrored"] and not each["primary"]
    ]
    return ", ".join(copies) or "none"
