"""`retailops hci demo`: hyperconverged hosts on this computer, from bare to whole, and faults that they survive."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import click

from retailops.commands.console import Console
from retailops.commands.demo_fleet import new_fleet
from retailops.errors import GateNotMet, RetailopsError

LAB = "demohci"
FLEET = "demo-hci"
COMMANDS = (
    f"lab up --hci --id {LAB}",
    "hci plan --sizing-only",
    "hci up",
    "hci up",
    "hci drill process --yes",
    "hci drill rack --yes",
    "hci drill bitrot --yes",
    "hci report",
)
"""The second `up` changes nothing; the drills are those that take least time."""


@click.command()
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default=Path(FLEET), show_default=True, help="Its fleet."
)
@click.option("--down", is_flag=True, help="Take the demo's lab down and end.")
def demo(folder: Path, down: bool) -> None:
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
    missed = [words for words in COMMANDS if not _held(console, folder, words)]
    console.line()
    console.line(f"{time.monotonic() - begun:.0f} s. Try next:")
    for line in ("hci status", "hci drill host --yes", "hci drill split --yes"):
        console.line(f"  retailops --fleet {folder} {line}")
    if missed:
        raise GateNotMet(f"what did not hold: {', '.join(missed)}", resolution="The report says what; the hosts run.")


def _held(console: Console, folder: Path, words: str) -> bool:
    """A command as anybody would type it, and whether what it proves held; raises `RetailopsError` where it fails."""
    console.line()
    console.line(f"$ retailops --fleet {folder} {words}")
    sys.stdout.flush()
    done = subprocess.run([sys.executable, "-m", "retailops", "--fleet", str(folder), *words.split()], check=False)
    if done.returncode not in (0, GateNotMet.exit_code):
        raise RetailopsError(
            f"retailops {words} ended with {done.returncode}",
            resolution=f"The hosts are left as they are: retailops --fleet {folder} hci status",
        )
    return done.returncode == 0


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
