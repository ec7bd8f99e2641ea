"""`retailops cloud config`: a store's or a cloud's stack for Pulumi's own users."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.errors import PendingChanges
from retailops.ports import OpensSecrets, StackRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retailops.cloud.catalog import WantedStack


@click.command("config")
@click.argument("name", metavar="STORE|CLOUD")
@click.option("--check", is_flag=True, help="Write nothing; end with 4 if a file differs.")
@output_option
@pass_app
def config(app: App, console: Console, name: str, check: bool) -> None:
    """Write the stack's project into the fleet repository, so that a bare `pulumi` works there.

    A store's goes into stacks/edge, a cloud's into stacks/private or stacks/public: `cd stacks/edge && pulumi preview -s STORE`.
    Salt, secrets and keys of other projects that stand in Pulumi.STACK.yaml are kept.

    Example: retailops cloud config hz0001
    """
    from retailops.cloud.project_folder import (
        folder_of,
        missing_secrets,
        passphrase_line,
        project_files,
        settings_name,
    )

    root = app.root
    stack = _wanted(root, name)
    folder = folder_of(stack)
    files = project_files(root, stack, lambda: _opener(app, root, stack))
    differ = [path for path, text in files.items() if not (root / path).is_file() or (root / path).read_bytes() != text]
    for path in differ:
        console.line(f"{'differs' if check else 'wrote'}: {path}")
    line = passphrase_line(root)
    missing = missing_secrets(root, stack, files[f"{folder}/{settings_name(stack)}"])
    console.result(
        {
            "stack": name,
            "folder": folder,
            "differ": differ,
            "written": not check,
            "environment": line,
            "missingSecrets": sorted(missing),
        }
    )
    if check and differ:
        raise PendingChanges(
            f"{len(differ)} of {name}'s stack files differ", resolution=f"Write them: retailops cloud config {name}"
        )
    if not check:
        for path in differ:
            _replace(root / path, files[path])
        sets = [f"pulumi config set --secret {key} -s {name}  # what {ref} names" for key, ref in missing.items()]
        steps = [f"cd {folder}", *([line] if line else []), *sets, f"pulumi preview -s {name}"]
        console.line("Then:\n  " + "\n  ".join(steps))


def _wanted(root: Path, name: str) -> WantedStack:
    from retailops.cloud.catalog import EDGE, wanted
    from retailops.cloud.stack import cloud_of
    from retailops.model import load_chain

    cloud = cloud_of(load_chain(root), name)
    return wanted(root, cloud.kind if cloud else EDGE, name)


def _opener(app: App, root: Path, stack: WantedStack) -> Mapping[str, str]:
    """By the stack's state; no secret is resolved for it."""
    from retailops.model import load_chain

    stacks = app.choose_stacks() if app.choose_stacks else None
    if not isinstance(stacks, OpensSecrets):
        return {}
    state = load_chain(root).state
    where = state.bucket or str(root / state.path / "stacks")
    asked = StackRequest(stack.program, stack.stack, stack.config, where, Path())
    return stacks.opener(replace(asked, secrets_provider=state.secrets_provider or ""))


def _replace(target: Path, text: bytes) -> None:
    """A file is the old one or the new one, whenever we die."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.new")
    draft.write_bytes(text)
    draft.replace(target)
