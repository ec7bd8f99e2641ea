"""`retailops doctor`: what was found, what was chosen, and what stands in for what."""

from __future__ import annotations

from dataclasses import asdict

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.errors import GateNotMet


@click.command()
@output_option
@pass_app
def doctor(app: App, console: Console) -> None:
    """Show what was found and chosen here, and what stands in.

    Nothing is changed. Ends with 6 when something that the tool needs is missing.

    Example: retailops doctor --output json
    """
    choices = app.survey()
    console.result([asdict(choice) for choice in choices])
    console.table(
        ("need", "chosen here", "version", "stands in for"),
        ((c.need, c.chosen or "— missing", _short(c.version), c.production if c.stands_in else "") for c in choices),
    )
    missing = [choice for choice in choices if not choice.chosen]
    if missing:
        raise GateNotMet(
            "missing: " + ", ".join(choice.need for choice in missing),
            details="\n".join(f"{choice.need}: {choice.why}" for choice in missing),
            resolution="; ".join(dict.fromkeys(choice.remedy for choice in missing)),
        )


def _short(text: str, width: int = 44) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
