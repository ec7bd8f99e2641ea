"""`retailops store verify`: is a certificate what a trusted signer signed?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--fleet", type=click.Path(path_type=Path), help="The fleet repository whose trust/allowed_signers counts."
)
@output_option
@pass_app
def verify(app: App, file: Path, fleet: Path | None, console: Console) -> None:
    """Check a certificate: every byte, and who signed it.

    Only the signers in trust/allowed_signers of the fleet repository count. Exit code 6: it is not what one of them signed.

    Example: retailops store verify .retailops/certificates/hz0001-2026-11-22-1a2b3c4d.html
    """
    from retailops.onboarding.seal import Verified

    app.fleet = fleet or app.fleet
    found: Verified = _verified(app, file)
    document = found.document
    console.line(f"{_name(document)}: signed by {found.signature.signer}, and not changed since")
    for label, value in _facts(found):
        console.line(f"  {label:<9} {value}")
    if document["world"] == "SIMULATED":
        console.line("  SIMULATED: this was a rehearsal in the simulated world; no real machine was measured.")
    console.result({"file": str(file), "fingerprint": found.signature.fingerprint, **_summary(document)})


def _verified(app: App, file: Path) -> Any:
    from retailops.errors import GateNotMet
    from retailops.onboarding import seal

    assert app.checking is not None
    try:
        return seal.verify(file.read_bytes(), app.checking(app.root))
    except GateNotMet as error:
        raise GateNotMet(f"{file} does not hold: {error.message}", resolution=error.resolution) from error


def _name(document: dict[str, Any]) -> str:
    name = document["store"]["name"]
    return f"{document['store']['id']} {name['zh']}" + ("" if name["zh"] == name["en"] else f" / {name['en']}")


def _facts(found: Any) -> list[tuple[str, str]]:
    document = found.document
    counts = document["counts"]
    return [
        ("state", document["state"]),
        ("checks", f"{counts['met']} of {counts['required']} required are met, {counts['open']} are open"),
        ("world", document["world"]),
        ("issued", document["issued"].replace("T", " ").replace("Z", " UTC")),
        ("signer", f"{found.signature.signer} {found.signature.fingerprint}"),
        ("design", document["design"]),
        ("evidence", f"{document['evidence']['length']} entries, head {document['evidence']['head']}"),
    ]


def _summary(document: dict[str, Any]) -> dict[str, Any]:
    keys = ("signer", "issued", "world", "state", "design", "counts", "evidence")
    return {"store": document["store"]["id"], "name": document["store"]["name"], **{key: document[key] for key in keys}}
