"""`retailops run`: what is known of runs. Reading launches nothing and locks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, confirm, output_option
from retailops.errors import Locked, RetailopsError, UsageError
from retailops.ports import Event, Journal

STATUSES = ("running", "done", "failed", "cancelled", "interrupted")
Run = Mapping[str, Any]


@click.group()
def run() -> None:
    """Runs: the automated stretches of onboarding, one for each store, stage and attempt (`hz0001/wan/1`)."""


@run.command("list")
@click.option("--store", metavar="ID", help="Only this store's.")
@click.option("--status", type=click.Choice(STATUSES), help="Only those that are so.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many, newest first.")
@output_option
@pass_app
def list_runs(app: App, store: str | None, status: str | None, limit: int, console: Console) -> None:
    """List runs, newest first.

    Example: retailops run list --status failed
    """
    found = [
        each
        for each in app.records.journal.runs()
        if store in (None, each["store"]) and status in (None, each["status"])
    ][:limit]
    _mark(app, console)
    if not found:
        console.line("No runs yet." if not (store or status) else "No such runs.")
    else:
        rows = (
            (each["run"], each["status"], _time(each["started"]), _time(each["ended"]), each["step"]) for each in found
        )
        console.table(("run", "status", "started (UTC)", "ended (UTC)", "last step"), rows)
    console.result([dict(each) for each in found])


@run.command()
@click.argument("name", metavar="STORE|RUN")
@output_option
@pass_app
def show(app: App, name: str, console: Console) -> None:
    """Show a run, or a store's newest: its steps, how long each took, and how it ended.

    Example: retailops run show hz0001
    """
    journal = app.records.journal
    found = _find(journal, name)
    steps = list(_steps(journal.events(found["run"])))
    _mark(app, console)
    console.line(f"{found['run']}: {found['status']}, plan {found['plan'][:12]}, started {_time(found['started'])} UTC")
    console.table(("step", "status", "seconds"), ((step["step"], step["status"], step["seconds"]) for step in steps))
    for step in steps:
        if step["error"]:
            console.line(f"{step['step']}: {step['error']}")
    console.result({**found, "steps": steps})


@run.command()
@click.argument("name", metavar="STORE|RUN")
@output_option
@pass_app
def events(app: App, name: str, console: Console) -> None:
    """Show everything that happened in a run, or in a store's newest.

    Example: retailops run events hz0001/wan/1
    """
    journal = app.records.journal
    found = journal.events(_find(journal, name)["run"])
    _mark(app, console)
    for event in found:
        console.line(" ".join(filter(None, (_time(event.at.isoformat()), event.what, event.step, event.text))))
    console.result([{"at": event.at, "what": event.what, "step": event.step, "text": event.text} for event in found])


@run.command()
@click.argument("name", metavar="STORE|RUN")
@click.option("--yes", is_flag=True, help="Don't ask before lines are cut and boxes rebooted in production.")
@output_option
@click.pass_context
def retry(ctx: click.Context, name: str, yes: bool, console: Console) -> None:
    """Go on with a run that was interrupted, or make a new attempt at one that failed, as `store onboard` does.

    With RUN it stops after that run's stage; with STORE it goes on to the certificate.

    Example: retailops run retry hz0001
    """
    from retailops.commands.store_onboard import onboard

    app = ctx.find_object(App)
    assert app is not None
    found = _find(app.records.journal, name)
    if found["status"] == "running":
        raise Locked(f"{found['run']} is running", resolution=f"Wait for it: retailops run events {found['run']}")
    until = found["stage"] if "/" in name else None
    ctx.invoke(onboard, ids=(found["store"],), until=until, jobs=1, yes=yes, console=console)


@run.command()
@click.argument("name", metavar="RUN")
@click.option("--yes", is_flag=True, help="Don't ask.")
@output_option
@pass_app
def cancel(app: App, name: str, yes: bool, console: Console) -> None:
    """Give up an interrupted run: the next `store onboard` reads and plans the stage anew instead of going on with it.

    What its finished steps did stays as it is.

    Example: retailops run cancel hz0001/wan/1
    """
    records = app.records
    found = _find(records.journal, name)
    if found["status"] in ("done", "failed", "cancelled"):
        raise UsageError(
            f"{found['run']} is {found['status']} already", resolution="Only an unfinished run can be cancelled."
        )
    confirm(console, f"Give up {found['run']} at step {found['step'] or '(none)'}?", yes=yes)
    lock = records.locks.take(found["store"], f"run cancel {found['run']}")
    try:
        records.journal.add(Event(found["run"], records.clock.now(), "run_cancelled", "", "by retailops run cancel"))
    finally:
        lock.release()
    console.line(f"{found['run']} is cancelled.")
    console.result({**_find(records.journal, found["run"])})


def _find(journal: Journal, name: str) -> Run:
    """The run so called, or the newest of the store so called."""
    for each in journal.runs():
        if name in (each["run"], each["store"]):
            return each
    raise RetailopsError(f"there is no run {name}", resolution="See those there are: retailops run list")


def _steps(events: Iterable[Event]) -> list[dict[str, Any]]:
    """The steps in order of their first start, each as its last try left it; `seconds` is None for one without an end."""
    steps: dict[str, dict[str, Any]] = {}
    begun: dict[str, Event] = {}
    for event in events:
        if event.what == "step_started":
            begun[event.step] = event
            steps[event.step] = {"step": event.step, "status": "started", "seconds": None, "error": ""}
        elif event.what in ("step_done", "step_failed") and event.step in begun:
            seconds = round((event.at - begun[event.step].at).total_seconds(), 2)
            status = event.what.removeprefix("step_")
            error = event.text if status == "failed" else ""
            steps[event.step] |= {"status": status, "seconds": seconds, "error": error}
    return list(steps.values())


def _time(text: str | None) -> str:
    return text[:19].replace("T", " ") if text else ""


def _mark(app: App, console: Console) -> None:
    if app.simulate:
        console.line("SIMULATED")
