"""`retailops hci report`: the hosts on one page, and where drills' reports are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.commands.hci_target import described, standing_of
from retailops.errors import GateNotMet, RetailopsError

PAGE = "report.html"


@click.command()
@click.option("--check", is_flag=True, help="End with 6 unless every property was drilled and held.")
@output_option
@pass_app
def report(app: App, console: Console, check: bool) -> None:
    """The hosts on one page: what they hold, whether they are whole, and the newest drill that proves each of the seven properties.

    Example: retailops hci report
    """
    found, path = write_report(app)
    for each in found["properties"]:
        console.line(f"{each['number']}. {each['what']}: {_answer(each)}")
    for line in found["faults"]:
        console.line(f"! {line}")
    console.line(f"report: {path}")
    console.line(f"stands in here: {'; '.join(found['standsIn']) or 'nothing'}")
    console.result({**found, "report": str(path)})
    if check and (open_ := [each for each in found["properties"] if not each["holds"]]):
        raise GateNotMet(
            f"{len(open_)} of {len(found['properties'])} properties are not proven on these hosts",
            details="\n".join(f"{each['number']}. {each['what']}: {_answer(each)}" for each in open_),
            resolution="retailops hci drill NAME proves one.",
        )


def write_report(app: App) -> tuple[dict[str, Any], Path]:
    """The page's document, and where the page is."""
    from retailops.hci.drills.overview import overview
    from retailops.model.writing import write_whole
    from retailops.render.hci_report import page

    standing, kept = standing_of(app), list(_kept(app))
    ground = app.ports.ground
    found = {
        **overview(standing.hci, standing.chain, standing.state(), kept),
        "at": f"{app.ports.clock.now():%Y-%m-%d %H:%M}",
        "world": app.ports.world,
        "standsIn": list(ground.stands_in) if ground else [],
    }
    path = _folder(app) / PAGE
    write_whole(path, page(found, kept))
    return found, path


def keep(app: App, document: Mapping[str, Any]) -> Path:
    """The report of a drill beside the fleet's other records, as JSON and as a page; the page's path."""
    from retailops.model.writing import write_whole
    from retailops.render.drill_report import page

    name = f"{document['drill']}-{document['at'].replace(' ', 'T').replace(':', '')}"
    path = _folder(app) / f"{name}.html"
    write_whole(path.with_suffix(".json"), json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    write_whole(path, page(document))
    return path


def _kept(app: App) -> Iterator[dict[str, Any]]:
    for path in sorted(_folder(app).glob("*.json")):
        try:
            yield json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise RetailopsError(
                f"{path} is no drill's report", details=str(error), resolution="Move it away; nothing else needs it."
            ) from error


def _folder(app: App) -> Path:
    folder = app.root / described(app).state.path / "drills"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _answer(each: Mapping[str, Any]) -> str:
    """What drills showed of a property, in a line."""
    said = [_waits(drill) for drill in each["drills"]]
    if each["missing"]:
        said.append(f"never drilled here: {', '.join(each['missing'])}")
    return "; ".join([*said, *each["wrong"]])


def _waits(drill: Mapping[str, Any]) -> str:
    if drill["limit"] is None:
        return f"{drill['drill']} held writes up for {drill['worst']:.1f} s on purpose in {drill['runs']} runs"
    return f"{drill['drill']} waits {drill['worst']:.1f} s at most ({drill['limit']:g} allowed) in {drill['runs']} runs"
