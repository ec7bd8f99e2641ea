"""`retailops hci pool`: a pool of volumes goes only when two people sign for it."""

from __future__ import annotations

from pathlib import Path

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, confirm, output_option
from retailops.commands.hci_target import site_option, standing_of
from retailops.errors import UsageError


@click.group()
def pool() -> None:
    """Pools of volumes: deleting one, which takes two people."""


@pool.command()
@click.argument("name", metavar="NAME")
@click.option("--reason", required=True, help="Why, for the second person and for later readers.")
@click.option("--to", "path", type=click.Path(path_type=Path), help="The request's file (default: delete-NAME.json).")
@site_option
@output_option
@pass_app
def request(app: App, console: Console, name: str, reason: str, path: Path | None) -> None:
    """Write a request to delete a pool, which two people then sign with their own SSH keys; nothing is changed.

    Example: retailops hci pool request old-volumes --reason "moved to machines in May"
    """
    from retailops.hci.changes import pool_deletion
    from retailops.model.writing import write_whole

    target = path or Path(f"delete-{name}.json")
    if target.exists():
        raise UsageError(f"{target} is there already", resolution="Name another file with --to.")
    asked = pool_deletion.request(standing_of(app), name, reason)
    write_whole(target, asked.content().decode())
    console.line(f"{target}: {asked.what}: {name}, {asked.stored:,} bytes; valid until {asked.until}")
    console.line("Each of two people reads it, and signs it:")
    console.line(
        f"  ssh-keygen -Y sign -n {pool_deletion.NAMESPACE} -f ~/.ssh/id_ed25519 <{target} >{target}.$USER.sig"
    )
    console.result({"request": str(target), "pool": name, "stored": asked.stored, "until": asked.until})


@pool.command()
@click.argument("file", metavar="REQUEST", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--signed", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A signature."
)
@click.option("--yes", is_flag=True, help="Don't ask.")
@site_option
@output_option
@pass_app
def delete(app: App, console: Console, file: Path, signed: tuple[Path, ...], yes: bool) -> None:
    """Delete a pool and everything in it, by a request that two people of trust/allowed_signers have signed.

    The pool must be gone from fleet.yaml. The cluster's protection (nodelete, mon_allow_pool_delete) is lifted for that moment only; killed
    in it, `hci up` puts it back. Ends with 6 where anything forbids it.

    Example: retailops hci pool delete delete-old.json --signed delete-old.json.li.sig --signed delete-old.json.wang.sig
    """
    from retailops.hci.changes import pool_deletion

    assert app.checking
    content, signatures = file.read_bytes(), app.checking(app.root)
    asked = pool_deletion.read(content)
    who = [signatures.verify(content, path.read_bytes(), pool_deletion.NAMESPACE) for path in signed]
    standing = standing_of(app)
    confirm(console, f"Delete the pool {asked.pool} with {asked.stored:,} bytes, for ever?", yes=yes)
    with standing.alone(f"hci pool delete {asked.pool}"):
        pool_deletion.delete(standing, asked, who, console.line)
    console.result({"pool": asked.pool, "signed": [each.signer for each in who], "reason": asked.reason})
