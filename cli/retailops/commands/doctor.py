"""`retailops doctor`: what was found, what was chosen, and what stands in for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.errors import GateNotMet, RetailopsError
from retailops.ports import Choice


@click.command()
@output_option
@pass_app
def doctor(app: App, console: Console) -> None:
    """Show what was found and chosen here, and what stands in.

    Nothing is changed. Ends with 6 when something that the tool needs is missing.

    Example: retailops doctor --output json
    """
    choices = (*app.survey(), *_state_of_stacks(app))
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


def _state_of_stacks(app: App) -> Iterator[Choice]:
    """Where the fleet's stacks are written down; nothing outside of a fleet."""
    from retailops.model import load_chain

    try:
        state = load_chain(app.root).state
    except RetailopsError:
        return
    need, bucket = "state of stacks", "an S3-compatible bucket"
    if state.bucket is None:
        yield Choice(need, f"the folder {state.path}/stacks", "", "fleet.yaml names no state.bucket", True, bucket)
    elif state.bucket.startswith("s3:") and find_spec("botocore") is None:
        why = f"{state.bucket.partition('?')[0]} needs botocore, which is not installed"
        yield Choice(need, "", "", why, production=bucket, remedy="pip install 'retailops[s3]'")
    else:
        yield Choice(need, state.bucket.partition("?")[0], "", "fleet.yaml: state.bucket", production=bucket)


def _short(text: str, width: int = 44) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
