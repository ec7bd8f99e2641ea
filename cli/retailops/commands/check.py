"""`retailops check`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.errors import FleetError, Problem

if TYPE_CHECKING:
    from retailops.model.load import Reading


@click.command()
@output_option
@pass_app
def check(app: App, console: Console) -> None:
    """Read the whole fleet repository and name every fault with its file, line and column.

    Ends with 3 where something is wrong. Warnings alone end with 0.

    Example: retailops check --output json
    """
    from retailops.model.load import read_fleet

    begin = time.monotonic()
    reading = read_fleet(app.root)
    seconds = round(time.monotonic() - begin, 3)
    problems = sorted(set(reading.problems))
    console.result(_document(reading, problems, seconds))
    for warning in reading.warnings:
        console.line(f"Warning: {warning}")
    if problems:
        if console.as_json:
            raise click.exceptions.Exit(FleetError.exit_code)
        reading.outcome()
    stores, formats = len(reading.stores), len(reading.formats)
    console.line(f"{stores:,} stores, {formats} formats, {reading.files:,} files: no faults ({seconds:.2f} s)")


def _document(reading: Reading, problems: list[Problem], seconds: float) -> dict[str, Any]:
    return {
        "ok": not problems,
        "fleet": str(reading.root),
        "files": reading.files,
        "stores": len(reading.stores),
        "formats": len(reading.formats),
        "seconds": seconds,
        "problems": [vars(problem) for problem in problems],
        "warnings": [vars(warning) for warning in reading.warnings],
    }
