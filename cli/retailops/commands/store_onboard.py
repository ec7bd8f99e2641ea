"""`retailops store onboard`: open a store, or go on where it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, confirm, output_option
from retailops.errors import PartialFailure

if TYPE_CHECKING:
    from retailops.onboarding.outcome import Outcome
    from retailops.ports import OnLine

STAGES = ("enroll", "wan", "edge", "apps", "acceptance", "certificate")


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--until", type=click.Choice(STAGES), help="Stop after this stage.")
@click.option("--jobs", type=click.IntRange(1, 16), default=2, show_default=True, help="Stores at the same time.")
@click.option("--yes", is_flag=True, help="Don't ask before lines are cut and boxes rebooted in production.")
@output_option
@pass_app
def onboard(app: App, ids: tuple[str, ...], until: str | None, jobs: int, yes: bool, console: Console) -> None:
    """Open stores: wan, edge, apps, acceptance, certificate; killed anywhere, the same command goes on.

    What is right and proven already is left alone. Exit code 6: a gate is not met; 7: somebody else works on the store.

    Example: retailops store onboard hz0001
    """
    _ask(app, console, ids, yes)
    if len(set(ids)) == 1:
        _one(app, console, ids[0], until)
        return
    from retailops.commands.side_by_side import onboard_all

    results = onboard_all(app, console, tuple(dict.fromkeys(ids)), until, jobs)
    console.result({store: result.document for store, result in results.items()})
    failed = {store: result for store, result in results.items() if result.code}
    if failed:
        raise PartialFailure(
            f"{len(failed)} of {len(results)} stores are not done: {', '.join(failed)}",
            details="\n".join(f"{store}: {result.last_words}" for store, result in failed.items()),
            resolution="Mend what each one says and repeat the command; the others are left alone.",
        )


def _ask(app: App, console: Console, ids: tuple[str, ...], yes: bool) -> None:
    from retailops.model import load_design

    designs = [load_design(app.root, store) for store in dict.fromkeys(ids)]
    if any(design.environment == "production" for design in designs) and not app.simulate:
        confirm(console, f"Acceptance cuts lines and reboots boxes of {', '.join(ids)}. Go on?", yes=yes)


def _one(app: App, console: Console, store: str, until: str | None) -> None:
    from retailops.onboarding.onboard import onboard as open_store
    from retailops.onboarding.stages import procedure

    with progress(console, store) as on_line:
        outcome = open_store(app.ports, app.root, store, on_line, procedure(app.root), until)
    show(console, outcome)
    console.result(outcome.to_json())


@contextmanager
def progress(console: Console, store: str) -> Iterator[OnLine]:
    """On a terminal the last line beside a spinner, with stages and steps above it; plain lines elsewhere."""
    if not console.interactive:
        yield lambda text: console.line(f"{store}: {text}")
        return
    from rich.console import Console as Terminal
    from rich.markup import escape

    terminal = Terminal()
    with terminal.status(f"{store}: reading", spinner="dots") as status:

        def on_line(text: str) -> None:
            if not text.startswith("    "):
                terminal.print(f"{store}: {text}", markup=False, highlight=False)
            status.update(f"{store}: {escape(text.strip())[:100]}")

        yield on_line


def show(console: Console, outcome: Outcome) -> None:
    """An outcome for people."""
    mark = " · SIMULATED" if outcome.world == "SIMULATED" else ""
    if outcome.changed:
        console.line(f"{outcome.store}: {outcome.state} after {outcome.seconds:.1f} s{mark}")
    elif outcome.until is None:
        console.line(f"{outcome.store}: already open: nothing changed ({outcome.state}, {outcome.seconds:.1f} s){mark}")
    else:
        console.line(f"{outcome.store}: nothing to do up to {outcome.until} ({outcome.seconds:.1f} s){mark}")
    if outcome.changed:
        rows = ((each.stage, len(each.actions), each.attempt or "", f"{each.seconds:.1f}") for each in outcome.stages)
        console.table(("stage", "steps", "attempt", "seconds"), rows)
    gates = [f"{report.gate.id} {report.answer}" for report in outcome.gates if report.built]
    console.line(f"gates: {', '.join(gates)}")
    if outcome.certificate:
        console.line(f"certificate: {outcome.certificate}")
    if outcome.stands_in:
        console.line(f"stands in here: {'; '.join(outcome.stands_in)}")
