"""`retailops cloud import`: what exists becomes part of a stack, and lines of its program."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from retailops.commands.app import App, pass_app
from retailops.commands.cloud_target import Target, acting, find_target, target_options
from retailops.commands.console import Console, confirm, output_option
from retailops.errors import UsageError
from retailops.ports import Adopted, Adoption, Adopts, Existing


@click.command("import")
@target_options
@click.option(
    "--resource",
    "resources",
    nargs=3,
    multiple=True,
    metavar="TYPE NAME ID",
    help="One thing that exists: kubernetes:core/v1:ConfigMap prices shop/prices. Repeatable.",
)
@click.option(
    "--from",
    "file",
    type=click.Path(path_type=Path),
    help="A list of them: Pulumi's import file, with parents and providers.",
)
@click.option("--namespace", metavar="NAME", help="All that people have put into a Kubernetes namespace.")
@click.option("--protect/--no-protect", default=True, show_default=True, help="Refuse to delete what is imported.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the program lines into this new file.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_app
def import_(app: App, /, console: Console, **chosen: Any) -> None:
    """Take what exists into a stack, and write the program lines that describe it.

    Nothing of it is touched, and all of it is imported or nothing. Put the lines into the program: with them the next
    preview is empty. Without --out they are printed, and everything else goes to standard error. The values of Secrets
    are never written down.

    \b
    Example: retailops cloud import --program . --stack dev --out imported.py \\
        --resource kubernetes:core/v1:ConfigMap prices shop/prices
    """
    target = find_target(app, console, chosen)
    engine = target.stacks
    if not isinstance(engine, Adopts):
        raise UsageError(f"{engine.engine} imports nothing")
    speak = _speaker(console, chosen["out"])
    asked = _asked(console, engine, target, chosen, speak)
    if asked is None:
        return
    keep = _keeper(chosen["out"])
    with acting(app, target, "import"):
        done = engine.adopt(target.request, asked, speak, keep)
    _tell(console, target, done, chosen["out"], speak)


def _speaker(console: Console, out: Path | None) -> Callable[[str], None]:
    return console.line if out else lambda text: click.echo(text, err=True)


def _asked(
    console: Console, engine: Adopts, target: Target, chosen: dict[str, Any], speak: Callable[[str], None]
) -> Adoption | None:
    ways = [key for key in ("resources", "file", "namespace") if chosen[key]]
    if len(ways) != 1:
        raise UsageError("name what to import: --resource TYPE NAME ID, --from FILE, or --namespace NAME")
    if chosen["resources"]:
        return Adoption(tuple(Existing(*words) for words in chosen["resources"]), chosen["protect"])
    if chosen["file"]:
        from retailops.cloud.import_file import read

        return read(
            chosen["file"].read_text(encoding="utf-8", errors="replace"), str(chosen["file"]), protect=chosen["protect"]
        )
    found = tuple(engine.inventory(target.request, chosen["namespace"], speak))
    for thing in found:
        speak(f"  {thing.type} {thing.id}")
    stack = target.request.stack
    if not found:
        speak(f"namespace {chosen['namespace']} has nothing that stack {stack} does not have already")
        console.result({"stack": stack, "imported": [], "already": [], "lines": ""})
        return None
    confirm(console, f"Import these {len(found)} objects into stack {stack}?", yes=chosen["yes"])
    return Adoption(found, chosen["protect"])


def _keeper(out: Path | None) -> Callable[[str], None]:
    """Writes a file that was not there; one that says the same already is left as it is."""

    def keep(lines: str) -> None:
        if out is None:
            return
        if out.exists() and out.read_text(encoding="utf-8") == lines:
            return
        handle, draft = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).chmod(0o644)
            os.link(draft, out)
        except FileExistsError as error:
            raise UsageError(
                f"{out} is there already and says something else", resolution="Name another file with --out."
            ) from error
        finally:
            Path(draft).unlink()

    return keep


def _tell(console: Console, target: Target, done: Adopted, out: Path | None, speak: Callable[[str], None]) -> None:
    if not out and not console.as_json:
        click.echo(done.lines, nl=False)
    for urn in done.already:
        speak(f"was imported already: {urn}")
    where = f"the lines of {out}" if out else "these lines"
    speak(f"{target.request.stack}: {len(done.imported)} imported ({done.engine}); put {where} into the program")
    console.result(
        {
            "stack": target.request.stack,
            "engine": done.engine,
            "imported": list(done.imported),
            "already": list(done.already),
            "lines": done.lines,
            "file": str(out) if out else None,
            "digest": done.digest,
        }
    )
