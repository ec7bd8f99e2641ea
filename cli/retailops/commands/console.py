"""How commands speak: a table or lines for a person, one JSON document for a tool."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Console:
    """`as_json` is true under `--output json`: then only `result` writes to stdout, and progress goes to stderr."""

    as_json: bool

    def line(self, text: str = "") -> None:
        """One line of progress or explanation, for people."""
        click.echo(text, err=self.as_json)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Columns aligned by display width (Chinese counts double); nothing under `--output json`."""
        if self.as_json:
            return
        from rich.cells import cell_len

        cells = [list(columns)] + [[str(value) for value in row] for row in rows]
        widths = [max(cell_len(row[n]) for row in cells) for n in range(len(columns))]
        for row in cells:
            padded = (text + " " * (widths[n] - cell_len(text)) for n, text in enumerate(row))
            click.echo("  ".join(padded).rstrip())

    def result(self, document: Any) -> None:
        """The answer as JSON; silent for people, who have seen it."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))

    @property
    def interactive(self) -> bool:
        return not self.as_json and sys.stdout.isatty()


def output_option(command: F) -> F:
    """Adds `--output text|json` and passes a `Console` as `console`."""

    def make(_ctx: click.Context, _param: click.Parameter, value: str) -> Console:
        return Console(as_json=value == "json")

    return click.option(
        "--output",
        "-o",
        "console",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        callback=make,
        help="How to print the answer.",
    )(command)


def confirm(console: Console, question: str, *, yes: bool) -> None:
    """Asks before something is destroyed; exit 2 where nobody can answer, 130 on a no."""
    from retailops.errors import Interrupted, UsageError

    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Nobody is here to answer.", resolution="Add --yes if that is what you want.")
    if not click.confirm(question, err=console.as_json):
        raise Interrupted("Nothing was done.")
