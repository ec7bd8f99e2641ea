"""`retailops hci demo`: hyperconverged hosts on this computer, from bare to whole, and faults that they survive."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console
from retailops.commands.demo_fleet import new_fleet
from retailops.commands.side_by_side import start
from retailops.errors import RetailopsError

LAB = "demohci"
FLEET = "demo-hci"
DRILLS = ("process", "rack")
"""Those that take least time; `make test-long` has all."""


@click.command()
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default=Path(FLEET), show_default=True, help="Its fleet."
)
@click.option("--down", is_flag=True, help="Take the demo's lab down and end.")
@pass_app
def demo(app: App, folder: Path, down: bool) -> None:
    """Hosts in three racks on this computer, from bare to whole, then faults while records are written, and a one-page report.

    Takes an earlier demo down first, and leaves the hosts running.

    Example: retailops hci demo && retailops --fleet demo-hci hci status
    """
    console = Console(as_json=False)
    begun = time.monotonic()
    if down:
        _take_down(console)
        return
    _refuse_unfit()
    _take_down(console)
    new_fleet(folder)
    app.fleet = folder.resolve()
    _run(app, console, folder, "lab", "up", "--hci", "--id", LAB)
    _run(app, console, folder, "hci", "plan", "--sizing-only")
    _run(app, console, folder, "hci", "up")
    again = _run(app, console, folder, "hci", "up")
    for name in DRILLS:
        _run(app, console, folder, "hci", "drill", name, "--yes")
    report = _run(app, console, folder, "hci", "report")
    console.line()
    console.line(f"{time.monotonic() - begun:.0f} s; the second `hci up` changed {len(again['changed']) or 'nothing'}")
    console.line(f"one page: {report['report']}")
    console.line(f"stands in here: {'; '.join(report['standsIn'])}")
    console.line("Try next:")
    for line in ("hci status", "hci drill host --yes", "hci drill split --yes"):
        console.line(f"  retailops --fleet {folder} {line}")


def _run(app: App, console: Console, folder: Path, *words: str) -> dict[str, Any]:
    """A command as anybody would type it; raises `RetailopsError` where it fails."""
    console.line()
    console.line(f"$ retailops --fleet {folder} {' '.join(words)}")
    job = start(app, words[0], words, console.line)
    job.join()
    if job.code:
        raise RetailopsError(
            f"retailops {' '.join(words)} ended with {job.code}",
            resolution=f"The hosts are left as they are: retailops --fleet {folder} hci status",
        )
    found: dict[str, Any] = job.document
    return found


def _refuse_unfit() -> None:
    from retailops import lab

    if missing := lab.preflight():
        raise RetailopsError(
            "hyperconverged hosts can't run on this computer",
            details="\n".join(f"{each.what}; {each.how}" for each in missing),
            resolution="retailops doctor shows what each part needs.",
        )


def _take_down(console: Console) -> None:
    from retailops import lab

    lab.down(LAB, console.line)
