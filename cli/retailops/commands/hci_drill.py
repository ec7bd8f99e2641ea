"""`retailops hci drill`: faults on purpose, and what they showed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, confirm, output_option
from retailops.commands.hci_mirror import mirrored
from retailops.commands.hci_report import keep
from retailops.commands.hci_target import site_option, standing_of
from retailops.errors import GateNotMet

if TYPE_CHECKING:
    from retailops.hci.drills.drill import Drill
    from retailops.hci.drills.ran import Ran
    from retailops.hci.standing import Standing


@click.command()
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--runs", default=1, show_default=True, type=click.IntRange(1), help="How many times.")
@click.option("--rack", metavar="ID", help="The rack that is hit (default: the first monitor's).")
@click.option("--mend", is_flag=True, help="Take back whatever a drill that was killed has left, and end.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@site_option
@output_option
@pass_app
def drill(app: App, console: Console, name: str | None, runs: int, rack: str | None, mend: bool, yes: bool) -> None:
    """Give the hosts a fault on purpose while records are written, and report the worst wait, errors and losses.

    Without NAME it lists the drills. Ends with 6 where a limit was passed, a write failed or an acknowledged one is lost. Where a run
    can't end, those before it are reported all the same.

    Example: retailops hci drill rack --runs 10 --yes
    """
    from retailops.hci.drills.catalogue import DRILLS, find
    from retailops.hci.drills.mending import mend as mend_all

    if mend:
        standing = standing_of(app)
        with standing.alone("hci drill --mend"):
            mend_all(standing, console.line)
        console.line("all is whole")
        console.result({"faults": []})
    elif name is None:
        _list(console, DRILLS)
    else:
        chosen = find(name)
        confirm(console, f"Drill {name}: {chosen.what}. Go on?", yes=yes)
        _run(app, console, chosen, runs, rack)


def _run(app: App, console: Console, chosen: Drill, runs: int, rack: str | None) -> None:
    from retailops.hci.drills.drilling import run

    standing, pair = standing_of(app), mirrored(app)
    done: list[Ran] = []
    with standing.alone(f"hci drill {chosen.name}"):
        try:
            for number in range(1, runs + 1):
                ran = run(standing, chosen, rack, console.line, pair)
                console.line(f"{number}/{runs}: {_line(ran)}")
                done.append(ran)
        finally:
            wrong = _report(app, console, standing, chosen, done) if done else []
    if wrong:
        raise GateNotMet(f"drill {chosen.name} did not hold", details="\n".join(wrong))


def _report(app: App, console: Console, standing: Standing, chosen: Drill, done: list[Ran]) -> list[str]:
    """What did not hold."""
    from retailops.hci.drills.reports import document

    found = document(standing, chosen, done)
    path = keep(app, found)
    console.line(f"report: {path}")
    console.result({**found, "report": str(path)})
    wrong: list[str] = found["wrong"]
    return wrong


def _list(console: Console, drills: Iterable[Drill]) -> None:
    found = tuple(drills)
    rows = [(each.name, "" if each.worst is None else f"{each.worst:g} s", each.what) for each in found]
    console.table(("DRILL", "LONGEST WAIT", "WHAT HAPPENS"), rows)
    console.result({"drills": [{"name": each.name, "what": each.what, "worst": each.worst} for each in found]})


def _line(ran: Ran) -> str:
    """One run in a line."""
    flow = ran.flow
    allowed = "stopped on purpose" if ran.limit is None else f"{ran.limit:g} allowed"
    said = f"worst wait {flow['worst']:.2f} s ({allowed}), {flow['written']} written, {flow['failed']} failed"
    more = "".join(f", {figure.name} {figure.value:.4g}{figure.unit}" for figure in ran.figures)
    return f"{said}, {flow['lost']} lost, whole after {ran.healthy:.0f} s{more}"
