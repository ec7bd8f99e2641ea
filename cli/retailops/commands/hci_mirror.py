"""`retailops hci mirror`: the other site's copies, and which site is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, confirm, output_option
from retailops.commands.hci_target import described
from retailops.errors import FleetError, GateNotMet

if TYPE_CHECKING:
    from retailops.hci.mirror.copies import Mirrored
    from retailops.hci.mirror.pair import Pair


@click.group()
def mirror() -> None:
    """Disaster recovery: every volume as a copy at another site, by snapshots.

    Example: retailops hci mirror up && retailops hci mirror status
    """


def pair_of(app: App) -> Pair:
    from retailops.hci.mirror.pair import pair

    chain = described(app)
    if not chain.hci.mirror:
        raise FleetError(
            "fleet.yaml has no hci.mirror: nothing goes to another site",
            resolution="docs/how-to/mirror-to-another-site.md shows how.",
        )
    return pair(chain, chain.hci.mirror.minutes, app.ports)


def mirrored(app: App) -> Pair | None:
    """Both sites where fleet.yaml mirrors anything."""
    return pair_of(app) if described(app).hci.mirror else None


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
    from retailops.hci.mirror.copies import faults, limit, volumes

    pair = pair_of(app)
    states, now, most = pair.states(), app.ports.clock.now().timestamp(), limit(pair.minutes)
    found, wrong = volumes(states, now), list(faults(states, now, most))
    show_volumes(console, found)
    for line in wrong:
        console.line(f"! {line}")
    console.result({"volumes": [document(each) for each in found], "limit": most, "faults": wrong})
    if check and wrong:
        raise GateNotMet("the other site could not take over as promised", details="\n".join(wrong))


SITE = click.argument("site", type=click.Choice(["main", "recovery"]), metavar="SITE")
yes_option = click.option("--yes", is_flag=True, help="Don't ask.")


@mirror.command()
@SITE
@click.option("--force", is_flag=True, help="Although the other site still is written.")
@yes_option
@output_option
@pass_app
def promote(app: App, console: Console, site: str, force: bool, yes: bool) -> None:
    """After a disaster: SITE takes over, with what its copies hold.

    Refused (6) while the other site answers and is written; then `switchover` loses nothing. Says before what each volume loses.

    Example: retailops hci mirror promote recovery
    """
    from retailops.hci.mirror.copies import other
    from retailops.hci.mirror.takeover import promote as act
    from retailops.hci.mirror.takeover import promotion

    pair, clock = pair_of(app), app.ports.clock
    wanted = promotion(pair.states(), clock.now().timestamp(), site, force)
    for line in wanted.lost:
        console.line(line)
    if wanted.lost:
        console.line(
            f"What still runs at {other(site)} must be off first: whatever it writes from now on is thrown away."
        )
        confirm(console, f"Take over {len(wanted.todo)} volumes at {site}?", yes=yes)
    with pair.alone(f"hci mirror promote {site}"):
        states = pair.states()
        wanted = promotion(states, clock.now().timestamp(), site, force)
        act(pair, states, wanted, console.line)
    if not wanted.todo:
        console.line(f"{site} is written already")
    elif wanted.forced:
        console.line(f"When {other(site)} is back: retailops hci mirror resync {other(site)}")
    console.result(
        {
            "site": site,
            "promoted": [each.id for each in wanted.todo],
            "forced": wanted.forced,
            "lost": list(wanted.lost),
        }
    )


@mirror.command()
@SITE
@yes_option
@output_option
@pass_app
def switchover(app: App, console: Console, site: str, yes: bool) -> None:
    """Change sides on purpose, or fail back: the other site stops, its last snapshot comes over, SITE is written. Nothing is lost.

    Refused (6) before anything is touched where a volume is open or its copy doesn't follow. Cut off, the same command goes on.

    Example: retailops hci mirror switchover main
    """
    from retailops.hci.mirror.takeover import switchover as act

    pair = pair_of(app)
    confirm(console, f"Stop every mirrored volume at the other site, and write it at {site}?", yes=yes)
    with pair.alone(f"hci mirror switchover {site}"):
        done = act(pair, site, console.line)
    if not done:
        console.line(f"{site} is written already")
    console.result({"site": site, "promoted": [each.id for each in done]})


@mirror.command()
@SITE
@yes_option
@output_option
@pass_app
def resync(app: App, console: Console, site: str, yes: bool) -> None:
    """After a take-over: throw away what SITE wrote that the other site never had (split-brain), and make its copies anew.

    Touches only volumes that both sites wrote, and only where the other one has taken over and no machine has them open (6).

    Example: retailops hci mirror resync main
    """
    from retailops.hci.mirror.takeover import resync as resync_all
    from retailops.hci.mirror.takeover import stale

    pair, clock = pair_of(app), app.ports.clock
    todo = stale(pair.states(), clock.now().timestamp(), site)
    for each in todo:
        console.line(f"{each.id}: what {site} wrote since both last agreed is thrown away")
    if todo:
        confirm(console, f"Make {len(todo)} volumes at {site} anew?", yes=yes)
    with pair.alone(f"hci mirror resync {site}"):
        states = pair.states()
        todo = stale(states, clock.now().timestamp(), site)
        resync_all(pair, states, site, todo, console.line)
    if not todo:
        console.line(f"no volume at {site} has a history of its own")
    console.result({"site": site, "resynced": [each.id for each in todo]})


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
