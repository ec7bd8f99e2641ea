"""`retailops store gates`: what a store has proven, what is missing, whose it is, and since when."""

from __future__ import annotations

from pathlib import Path

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.errors import GateNotMet, UsageError


@click.command()
@click.argument("store", metavar="ID")
@click.option("--check", is_flag=True, help="End with 6 when a required check is missing.")
@click.option("--attest", metavar="PROBE", help="Record that a person looked, for a probe of kind person.")
@click.option("--by", metavar="NAME", help="Who looked.")
@click.option("--note", default="", help="What was seen.")
@output_option
@pass_app
def gates(app: App, store: str, check: bool, attest: str | None, by: str | None, note: str, console: Console) -> None:
    """Show every gate of a store: each check, its answer, since when, and who owns it.

    Example: retailops store gates hz0001 --output json
    """
    from retailops.model import load_design
    from retailops.onboarding.design import digest_of
    from retailops.onboarding.lifecycle import state_of
    from retailops.onboarding.onboard import gate_reports
    from retailops.onboarding.stages import procedure

    design = load_design(app.root, store)
    digest = digest_of(design)
    if attest is not None:
        _attest(app, store, digest, attest, by, note, console)
    reports = gate_reports(app.ports, store, digest, procedure(app.root).gates)
    rows = (
        (report.gate.id, report.answer, each.check.kind, each.answer, _when(each.since), each.check.owner)
        for report in reports
        for each in report.checks
    )
    console.table(("gate", "is", "check", "answer", "since (UTC)", "owner"), rows)
    mark = " · SIMULATED" if app.ports.world == "SIMULATED" else ""
    console.line(f"{store} is {state_of(reports)}{mark}")
    state = {"store": store, "world": app.ports.world, "state": state_of(reports), "design": digest}
    console.result({**state, "gates": [report.to_json() for report in reports]})
    missing = [f"{report.gate.id} {each.check.kind}" for report in reports for each in report.missing]
    if check and missing:
        raise GateNotMet(
            f"{store} lacks {len(missing)} check(s): {', '.join(missing)}",
            resolution=f"retailops store onboard {store}",
        )


def _when(since: object) -> str:
    return str(since)[:19] if since else ""


def _attest(app: App, store: str, digest: str, probe: str, by: str | None, note: str, console: Console) -> None:
    from retailops.onboarding.attest import attest
    from retailops.onboarding.probe_files import load_probes

    if not by:
        raise UsageError("an attestation has a name", resolution="Add --by NAME: who looked.")
    evidence = attest(app.ports, load_probes(app.root), store, digest, probe, by, note)
    console.line(f"recorded: {evidence.kind} for {evidence.gate} by {evidence.by}")


@click.command()
@click.argument("store", metavar="ID")
@click.option("--out", type=click.Path(path_type=Path), help="Copy it there.")
@output_option
@pass_app
def certificate(app: App, store: str, out: Path | None, console: Console) -> None:
    """Show where a store's newest certificate is, or copy it.

    Example: retailops store certificate hz0001 --out hz0001.html
    """
    from retailops.model import load_design
    from retailops.onboarding.onboard import last_certificate

    load_design(app.root, store)
    found = last_certificate(app.ports, store)
    if found is None:
        raise GateNotMet(f"{store} has no certificate yet", resolution=f"retailops store onboard {store}")
    path = app.root / found
    if out is not None:
        out.write_bytes(path.read_bytes())
        path = out
    console.line(str(path))
    console.result({"store": store, "world": app.ports.world, "path": str(path)})
