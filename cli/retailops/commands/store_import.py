"""`retailops store import`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.errors import FleetError

if TYPE_CHECKING:
    from retailops.model.importing import Imported


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Column -> field."
)
@click.option("--dry-run", is_flag=True, help="Say what would be added, and write nothing.")
@output_option
@pass_app
def import_stores(app: App, console: Console, file: Path, mapping: Path, dry_run: bool) -> None:
    """Add the stores of a table (CSV or XLSX): all of them, or none and every fault by row.

    A row whose store is there already with the same values changes nothing. The mapping is YAML:

    \b
    apiVersion: retailops/v1
    kind: Import
    columns: {门店编号: id, 店名: name, 区域: region, 线路1: "uplinks[0].carrier"}
    values: {region: {华东: east}}         # field -> text of the table -> our word
    defaults: {timezone: Asia/Shanghai, "uplinks[0].id": a}
    # also: sheet (XLSX), encoding (CSV; utf-8 or gb18030)

    Example: retailops store import openings.xlsx --mapping openings-mapping.yaml --dry-run
    """
    from retailops.model.adding import one_writer
    from retailops.model.swap import add_files
    from retailops.model.writing import store_text

    with one_writer(app.root):
        imported = _read(app, file, mapping)
        if not dry_run and imported.new:
            add_files(app.root, {path: store_text(document) for path, document in imported.new.items()})
    _tell(console, imported, dry_run)


def _read(app: App, file: Path, mapping_file: Path) -> Imported:
    from retailops.model import load_fleet
    from retailops.model.importing import import_table
    from retailops.model.mapping import load_mapping
    from retailops.model.table import read_table

    mapping = load_mapping(mapping_file)
    table = read_table(file, sheet=mapping.sheet, encoding=mapping.encoding)
    imported = import_table(load_fleet(app.root), mapping, table, file.name, date.today())
    if imported.problems:
        count = len(imported.problems)
        raise FleetError(
            f"{count} {'fault' if count == 1 else 'faults'} in {file}; nothing was written",
            sorted(imported.problems),
            resolution="The place is row and column. Mend the table or the mapping and repeat the command.",
        )
    return imported


def _tell(console: Console, imported: Imported, dry_run: bool) -> None:
    for document in imported.new.values():
        verb = "would add" if dry_run else "added"
        console.line(
            f"{verb} {document['id']} in {document['region']}, index {document['index']}, {document['format']}"
        )
    console.line(f"{len(imported.new)} new, {len(imported.unchanged)} there already.")
    console.result(
        {
            "dryRun": dry_run,
            "new": [{"id": d["id"], "path": path, "index": int(d["index"])} for path, d in imported.new.items()],
            "unchanged": imported.unchanged,
        }
    )
