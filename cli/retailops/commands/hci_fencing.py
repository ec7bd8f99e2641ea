"""`retailops hci confirm-off`: a person's word that a host has no power."""

from __future__ import annotations

import sys

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.commands.hci_target import site_option, standing_of


@click.command("confirm-off")
@click.argument("host", metavar="HOST")
@click.option("--seen-by", metavar="NAME", help="Who has seen it; asked where it is not given.")
@site_option
@output_option
@pass_app
def confirm_off(app: App, console: Console, host: str, seen_by: str | None) -> None:
    """Say that a lost host has no power, where its controller can't: its machines are then started on other hosts.

    Somebody must have seen it with their own eyes. Where the host runs after all, storage has cut it off, so that no volume is
    written twice; what its machines did since then is lost. Refused while the host is online or its controller says that it is on.

    Example: retailops hci confirm-off h3 --seen-by "Li Wei"
    """
    from retailops.hci.machines.together import cluster, refuse_word
    from retailops.hci.machines.together import confirm_off as confirm

    standing = standing_of(app)
    with standing.alone(f"hci confirm-off {host}"):
        known = refuse_word(standing, host, cluster(standing))
        name = seen_by or _asked(console, host, known.rack)
        confirm(standing, known, name, console.line)
    console.result({"host": host, "seenBy": name})


def _asked(console: Console, host: str, rack: str) -> str:
    """The name of who has seen it; exit 2 where nobody can answer, 130 where the host's name is not repeated."""
    from retailops.errors import Interrupted, UsageError

    question = f"Stand before {host} in rack {rack}. Is every cable of its power out, or every light dark?"
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Nobody is here to answer.", resolution="Add --seen-by NAME of who has seen it.")
    console.line(question)
    if click.prompt(f"Type {host} to say that it has no power", err=console.as_json).strip() != host:
        raise Interrupted("Nothing was done.")
    return str(click.prompt("Who has seen it", err=console.as_json)).strip()
