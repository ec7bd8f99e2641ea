"""`retailops demo`: what a newcomer sees first. A lab on this computer, a store opened on it and the centre beside it, or the simulated world."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console
from retailops.commands.demo_centre import Centre
from retailops.commands.demo_fleet import new_fleet
from retailops.errors import RetailopsError

if TYPE_CHECKING:
    from retailops.onboarding.outcome import Outcome

LAB = "demo"
STORE = "hz0001"


@click.command()
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Its fleet."
)
@click.option("--down", is_flag=True, help="Take the demo's lab down and end.")
@pass_app
def demo(app: App, folder: Path, down: bool) -> None:
    """A lab on this computer: one store opened on it, and the centre's private cloud beside it; left running.

    Takes an earlier demo down first. Where the lab can't run it says what is missing and opens the store in the
    simulated world, marked SIMULATED.

    Example: retailops demo && retailops --fleet demo store gates hz0001
    """
    console = Console(as_json=False)
    begun = time.monotonic()
    if down:
        _take_down(console)
        return
    app.simulate = app.simulate or not _lab_is_up(console, folder)
    if app.simulate:
        new_fleet(folder)
    app.fleet = folder.resolve()
    with nullcontext() if app.simulate else Centre(app, console) as centre:
        outcome = _open(app, console)
    _summary(console, folder, outcome, centre, time.monotonic() - begun)
    if centre and centre.error:
        raise RetailopsError(f"the centre did not come up: {centre.error}", resolution="retailops lab centre")


def _lab_is_up(console: Console, folder: Path) -> bool:
    """Builds what is missing and brings the lab up; says why where that can't be."""
    from retailops import lab

    missing = lab.preflight()
    if missing:
        for each in missing:
            console.line(f"the lab can't run here: {each.what}; {each.how}")
        return False
    try:
        _build(console)
        _take_down(console)
        new_fleet(folder)
        _bring_up(console, folder)
    except RetailopsError as error:
        console.line(f"the lab did not come up: {error.message}")
        for line in filter(None, (error.details, error.resolution)):
            console.line(line)
        return False
    return True


def _build(console: Console) -> None:
    from retailops.commands.board import Board
    from retailops.lab.builds import build_all

    with Board(console) as board:
        build_all(board)


def _bring_up(console: Console, folder: Path) -> None:
    from retailops import lab
    from retailops.model import load_fleet

    lab.up(
        LAB,
        folder.resolve(),
        lab.specs(load_fleet(folder.resolve()), [STORE]),
        lambda text: console.line(f"lab: {text}"),
    )


def _take_down(console: Console) -> None:
    from retailops import lab

    lab.down(LAB, lambda text: console.line(f"lab: {text}"))


def _open(app: App, console: Console) -> Outcome:
    from retailops.commands.store_onboard import progress
    from retailops.onboarding.onboard import onboard
    from retailops.onboarding.stages import procedure

    with progress(console, STORE) as on_line:
        return onboard(app.ports, app.root, STORE, on_line, procedure(app.root))


def _summary(console: Console, folder: Path, outcome: Outcome, centre: Centre | None, seconds: float) -> None:
    mark = " · SIMULATED: no real machine was touched" if outcome.world == "SIMULATED" else ""
    console.line()
    console.line(f"{outcome.store} sells, {seconds:.0f} s after `demo` began{mark}")
    console.line(f"its state is {outcome.state}{_held_by(outcome)}")
    console.line()
    for report in outcome.gates:
        if report.built:
            console.line(f"{report.gate.id:<4}{report.gate.en}: {report.answer}")
            for check in report.checks:
                at = f"{check.since:%H:%M:%S}" if check.since else ""
                console.line(f"    {check.answer:<24}{at:<10}{check.check.en}")
    console.line()
    if centre and not centre.error:
        show_centre(console, centre)
    console.line(f"certificate: {outcome.certificate or 'none: a gate is not met'}")
    console.line(f"stands in here: {'; '.join(outcome.stands_in)}")
    console.line()
    console.line("Try next:")
    prefix = f"retailops --fleet {folder}" + (" --simulate" if outcome.world == "SIMULATED" else "")
    for line in _next(outcome, prefix):
        console.line(f"  {line}")


def show_centre(console: Console, centre: Centre) -> None:
    """Which of the private cloud's services run, and what the others wait for."""
    stack = centre.stack
    console.line(
        f"the centre's cluster and its stack {stack['stack']} stand, {centre.seconds:.0f} s after the store began"
    )
    used = {service: f": {found['said']}" for service, found in stack.get("used", {}).items()}
    for service, address in sorted(stack["outputs"]["services"].items()):
        console.line(f"    {service:<24}runs at {address}{used.get(service, '')}")
    for service, lacks in stack["outputs"]["waiting"].items():
        console.line(f"    {service:<24}has its place and waits for {lacks}")
    console.line()


def _held_by(outcome: Outcome) -> str:
    """Which gate holds the state where it is, past those that are on paper."""
    for report in outcome.gates:
        if not report.met and not report.gate.paper:
            return f": the next gate, {report.gate.id} {report.gate.en}, is {report.answer}"
    return ""


def _next(outcome: Outcome, prefix: str) -> tuple[str, str, str]:
    gates = f"{prefix} store gates {outcome.store}"
    verify = f"{prefix} store verify {outcome.certificate}"
    if outcome.world == "SIMULATED":
        return gates, verify, f"{prefix} store onboard {outcome.store}"
    return f"{prefix} lab cut {outcome.store}/a", gates, verify
