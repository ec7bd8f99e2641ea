"""`retailops schema`."""

from __future__ import annotations

import click


@click.command()
@click.argument("kind", type=click.Choice(["fleet", "format", "store", "waivers", "prices"]))
def schema(kind: str) -> None:
    """Print the JSON Schema of a kind of file, as editors use it.

    Example: retailops schema store > schema/store.json
    """
    from retailops.model.schema import schema_text

    click.echo(schema_text(kind), nl=False)
