"""`retailops init`."""

from __future__ import annotations

from pathlib import Path

import click

from retailops.commands.console import Console, output_option


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--stores", default=4, show_default=True, type=click.IntRange(0), help="How many sample stores.")
@output_option
def init(console: Console, folder: Path, stores: int) -> None:
    """Write a fleet repository with a sample chain into DIR.

    DIR may be missing or empty; it appears whole or not at all.

    Example: retailops init mychain && cd mychain && retailops check
    """
    from retailops.model.sample.write import write_sample

    write_sample(folder, stores)
    console.line(f"A chain with {stores} {'store' if stores == 1 else 'stores'} is in {folder}.")
    console.line(f"Try: cd {folder} && retailops check")
    console.result({"fleet": str(folder), "stores": stores})
