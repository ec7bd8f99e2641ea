"""`retailops cloud state`: what is written down of stacks, and where."""

from __future__ import annotations

import click

from retailops.commands.cloud_state_move import move


@click.group()
def state() -> None:
    """What is written down of stacks, and where."""


state.add_command(move)
