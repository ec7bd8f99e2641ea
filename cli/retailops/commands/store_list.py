"""`retailops store list`."""

from __future__ import annotations

from collections.abc import Collection

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option


@click.command("list")
@click.option("--region", "regions", multiple=True, help="Only stores of this region; may be repeated.")
@click.option("--format", "formats", multiple=True, help="Only stores of this format; may be repeated.")
@click.option("--retired", is_flag=True, help="Also stores that are retired.")
@output_option
@pass_app
def list_stores(app: App, console: Console, regions: tuple[str, ...], formats: tuple[str, ...], retired: bool) -> None:
    """List the stores of the chain.

    Example: retailops store list --region east --format compact
    """
    from retailops.addressing import StoreNumbers
    from retailops.model import load_fleet

    fleet = load_fleet(app.root)
    _known("region", regions, fleet.regions)
    _known("format", formats, fleet.formats)
    chosen = fleet.select(regions=regions or None, formats=formats or None).stores.values()
    stores = [store for store in chosen if retired or not store.retired]
    rows = [
        (
            s.id,
            s.name,
            s.region,
            s.index,
            s.format,
            s.opens,
            ",".join(u.id for u in s.uplinks),
            StoreNumbers(s.index).supernet,
        )
        for s in stores
    ]
    console.table(("ID", "NAME", "REGION", "INDEX", "FORMAT", "OPENS", "UPLINKS", "NUMBERS"), rows)
    console.result([store.model_dump(mode="json", by_alias=True, exclude_none=True) for store in stores])


def _known(what: str, names: tuple[str, ...], known: Collection[str]) -> None:
    from retailops.errors import UsageError
    from retailops.model.values import nearest

    for name in names:
        if name not in known:
            raise UsageError(f"no {what} {name!r} in this chain{nearest(name, known)}")
