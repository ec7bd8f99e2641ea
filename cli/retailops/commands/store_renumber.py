"""`retailops store renumber`."""

from __future__ import annotations

from datetime import date

import click

from retailops.commands.app import App, Records, pass_app
from retailops.commands.console import Console, output_option
from retailops.errors import UsageError


@click.command()
@click.argument("store_id", metavar="ID")
@output_option
@pass_app
def renumber(app: App, console: Console, store_id: str) -> None:
    """Give a store that was never opened the next free index of its region, where two branches took the same one.

    Its file keeps its comments. A store with a run, evidence or an applied stack keeps its index.

    Example: retailops store renumber hz0009
    """
    from retailops.model.adding import one_writer
    from retailops.model.load import read_fleet
    from retailops.model.renumber import renumbered
    from retailops.model.writing import write_whole

    if app.simulate:
        raise UsageError("a store's file is edited, which can't be simulated", resolution="Leave --simulate away.")
    with one_writer(app.root):
        done = renumbered(read_fleet(app.root), store_id, date.today())
        if why := _known_by(app.records, store_id):
            raise UsageError(
                f"{store_id} keeps index {done.old}: {why}, and all its addresses come from it",
                resolution="Renumber the other store of that index, or retire this one.",
            )
        write_whole(app.root / done.path, done.text)
    console.line(f"{done.path}: index {done.old} is now {done.index}. Look at it: retailops store show {store_id}")
    console.result(
        {"id": store_id, "path": done.path, "was": done.old, "index": done.index, "generation": done.generation}
    )


def _known_by(records: Records, store: str) -> str:
    if records.evidence.of(store):
        return "it has evidence"
    if records.revisions and records.revisions.of("edge", store):
        return "its stack was applied"
    if any(run["store"] == store for run in records.journal.runs()):
        return "it has runs"
    return ""
