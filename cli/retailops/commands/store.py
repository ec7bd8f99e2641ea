"""`retailops store`: a group whose commands are imported when used."""

from __future__ import annotations

import click

from retailops.commands.lazy import LazyGroup

COMMANDS = {
    "new": ("retailops.commands.store_new:new", "Add a store, with the lowest free index of its region."),
    "renumber": (
        "retailops.commands.store_renumber:renumber",
        "Give a store that was never opened another index.",
    ),
    "list": ("retailops.commands.store_list:list_stores", "List the stores of the chain."),
    "show": ("retailops.commands.store_show:show", "Show a store's boxes, zones, tunnels and addresses."),
    "import": (
        "retailops.commands.store_import:import_stores",
        "Add the stores of a table (CSV or XLSX), all or none.",
    ),
    "onboard": ("retailops.commands.store_onboard:onboard", "Open a store, from lines to certificate."),
    "gates": ("retailops.commands.store_gates:gates", "Show what a store's gates still miss."),
    "certificate": (
        "retailops.commands.store_gates:certificate",
        "Show where a store's certificate is, or copy it.",
    ),
    "verify": ("retailops.commands.store_verify:verify", "Check a certificate's signature."),
}
"""Command name -> (where it is, its one line of help)."""


@click.group(cls=LazyGroup, places=COMMANDS)
def store() -> None:
    """Add stores, look at them, and open them."""
