"""`retailops cloud state move`: from a folder to a bucket, or back."""

from __future__ import annotations

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, confirm, output_option
from retailops.errors import RetailopsError, UsageError
from retailops.ports import MovesState


@click.command()
@click.argument("names", metavar="[PROJECT/STACK]...", nargs=-1)
@click.option(
    "--from", "source", required=True, metavar="PLACE", help="Where the stacks are: a folder or an s3:// URL."
)
@click.option("--to", "target", required=True, metavar="PLACE", help="Where they go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_app
def move(app: App, /, console: Console, names: tuple[str, ...], source: str, target: str, yes: bool) -> None:
    """Move stacks' state and history to another place; without names, every stack that is there.

    Each state is read back from the new place before the old file is put aside as .moved. What is interrupted is finished by
    the same command. Afterwards name the new place in fleet.yaml (state.bucket).

    Example: retailops cloud state move --from .retailops/stacks --to 's3://shop-state/chain?region=eu-central-1'
    """
    if source == target:
        raise UsageError("--from and --to are the same place")
    engine = app.choose_stacks() if app.choose_stacks else app.ports.stacks
    if not isinstance(engine, MovesState):
        raise UsageError(f"{engine.engine} has no state to move")
    there = engine.stacks_in(source)
    if unknown := sorted(set(names) - set(there)):
        raise UsageError(f"{source.partition('?')[0]} has no stack {unknown[0]}")
    wanted = list(names) or there
    if not wanted:
        raise RetailopsError(f"{source.partition('?')[0]} has no stacks")
    confirm(console, f"Move {len(wanted)} stacks to {target.partition('?')[0]}?", yes=yes)
    for name in wanted:
        engine.move(name, source, target)
        console.line(f"moved: {name}")
    console.result({"moved": wanted, "from": source.partition("?")[0], "to": target.partition("?")[0]})
