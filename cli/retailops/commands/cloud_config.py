"""`retailops cloud config`: a store's stack for Pulumi's own users."""

from __future__ import annotations

from pathlib import Path

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.errors import PendingChanges


@click.command("config")
@click.argument("store_id", metavar="STORE")
@click.option("--check", is_flag=True, help="Write nothing; end with 4 if a file differs.")
@output_option
@pass_app
def config(app: App, console: Console, store_id: str, check: bool) -> None:
    """Write stacks/edge of the fleet repository, so that `cd stacks/edge && pulumi preview -s STORE` works.

    Salt, secrets and keys of other projects that stand in Pulumi.STORE.yaml are kept.

    Example: retailops cloud config hz0001
    """
    from retailops.cloud.catalog import EDGE, wanted
    from retailops.cloud.project_folder import FOLDER, passphrase_line, project_files

    root = app.root
    files = project_files(root, wanted(root, EDGE, store_id))
    differ = [path for path, text in files.items() if not (root / path).is_file() or (root / path).read_bytes() != text]
    for path in differ:
        console.line(f"{'differs' if check else 'wrote'}: {path}")
    line = passphrase_line(root)
    console.result({"stack": store_id, "folder": FOLDER, "differ": differ, "written": not check, "environment": line})
    if check and differ:
        raise PendingChanges(
            f"{len(differ)} of {store_id}'s stack files differ",
            resolution=f"Write them: retailops cloud config {store_id}",
        )
    if not check:
        for path in differ:
            _replace(root / path, files[path])
        console.line(f"Then:\n  cd {FOLDER}\n  {line}\n  pulumi preview -s {store_id}")


def _replace(target: Path, text: bytes) -> None:
    """A file is the old one or the new one, whenever we die."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.new")
    draft.write_bytes(text)
    draft.replace(target)
