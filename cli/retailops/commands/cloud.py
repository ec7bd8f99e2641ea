"""`retailops cloud`: Pulumi stacks, a store's own or any program with a `Pulumi.yaml`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

import click

from retailops.commands.app import App, pass_app
from retailops.commands.cloud_burst import burst
from retailops.commands.cloud_config import config
from retailops.commands.cloud_import import import_
from retailops.commands.cloud_state import state
from retailops.commands.cloud_target import (
    acting,
    find_target,
    patience_option,
    policies_option,
    program_name,
    replace_option,
    services_used,
    show,
    some_options,
    target_options,
)
from retailops.commands.console import Console, confirm, output_option
from retailops.errors import GateNotMet, PendingChanges, UsageError
from retailops.ports import StackRequest


@runtime_checkable
class HandsOver(Protocol):
    """An engine that can hand a stack to the other one."""

    def handover(self, request: StackRequest, to: str) -> bool: ...


@click.group()
def cloud() -> None:
    """Stacks: a store's edge stack (`cloud up hz0001`), a cloud's (`cloud up private`), or any Pulumi program.

    A program: `cloud up --program DIR --stack NAME`.
    """


cloud.add_command(config)
cloud.add_command(burst)
cloud.add_command(state)
cloud.add_command(import_)


@cloud.command()
@target_options
@some_options
@replace_option
@patience_option
@policies_option
@click.option("--check", is_flag=True, help="End with 4 if anything would change.")
@output_option
@pass_app
def preview(app: App, /, console: Console, check: bool, **chosen: Any) -> None:
    """Show what `up` would do; nothing is changed or locked.

    Example: retailops cloud preview hz0001 --check
    """
    target = find_target(app, console, chosen)
    result = target.stacks.preview(target.request, console.line)
    show(app, console, target, result, "would change")
    if check and result.changes:
        raise PendingChanges(
            f"changes are pending for stack {target.request.stack}: {result.changes}",
            resolution="Run `retailops cloud up`.",
        )


@cloud.command()
@target_options
@some_options
@replace_option
@patience_option
@policies_option
@click.option(
    "--skip-preview",
    is_flag=True,
    help="Ask no provider beforehand what it would say; policies are asked all the same.",
)
@output_option
@pass_app
def up(app: App, /, console: Console, skip_preview: bool, **chosen: Any) -> None:
    """Bring a stack to what its program says; a preview must pass first.

    Services on a lab's own centre are then used once (a message kept and consumed, a row written and read); ends with 6 where one fails.
    With --target it does not count as applied: `ci plan` still sees what is pending.

    Example: retailops cloud up --program ./mystack --stack dev --passphrase-file ./passphrase
    """
    target = find_target(app, console, chosen)
    with acting(app, target, "up"):
        result = target.stacks.up(replace(target.request, skip_preview=skip_preview), console.line)
        used = services_used(app, target, result)
        show(app, console, target, result, "changed", used)
        if target.request.targets.names:
            return
        if target.store:
            from retailops.onboarding.revisions import keep_applied

            keep_applied(app.ports, app.root, target.store)
        elif target.cloud and app.records.revisions:
            from retailops.onboarding.revisions import keep_cloud_applied

            now = app.records.clock.now()
            keep_cloud_applied(app.records.revisions, app.root, target.request.program.name, target.cloud, now)
    if failed := [service for service, found in used.items() if not found["ok"]]:
        raise GateNotMet(
            f"services of {target.cloud} run, and could not be used: {', '.join(failed)}",
            details="\n".join(f"{service}: {used[service]['said']}" for service in failed),
            resolution="Look at their pods, then run the same command again.",
        )


@cloud.command()
@target_options
@some_options
@output_option
@pass_app
def refresh(app: App, /, console: Console, **chosen: Any) -> None:
    """Take the world as it is into the state, and show what drifted.

    Example: retailops cloud refresh hz0001
    """
    target = find_target(app, console, chosen)
    with acting(app, target, "refresh"):
        show(app, console, target, target.stacks.refresh(target.request, console.line), "drifted")


@cloud.command()
@target_options
@some_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_app
def destroy(app: App, /, console: Console, yes: bool, **chosen: Any) -> None:
    """Delete everything that a stack has made, or only its targets.

    Example: retailops cloud destroy hz0001
    """
    target = find_target(app, console, chosen)
    what = ", ".join(target.request.targets.names) or "everything"
    confirm(console, f"Delete {what} that stack {target.request.stack} of {program_name(target)} has made?", yes=yes)
    with acting(app, target, "destroy"):
        show(app, console, target, target.stacks.destroy(target.request, console.line), "deleted")


@cloud.command()
@target_options
@output_option
@pass_app
def outputs(app: App, /, console: Console, **chosen: Any) -> None:
    """Show a stack's outputs; secrets stay hidden.

    Example: retailops cloud outputs hz0001 --output json
    """
    target = find_target(app, console, chosen)
    found = target.stacks.outputs(target.request)
    console.table(("output", "value"), ((key, str(value)) for key, value in found.items()))
    console.result(dict(found))


@cloud.command()
@target_options
@click.option(
    "--to", type=click.Choice(["builtin", "official"]), required=True, help="Which engine writes from now on."
)
@output_option
@pass_app
def handover(app: App, /, console: Console, to: str, **chosen: Any) -> None:
    """Hand a stack from the built-in engine to the official Pulumi CLI, or back.

    Example: retailops cloud handover hz0001 --to official
    """
    target = find_target(app, console, chosen)
    if not isinstance(target.stacks, HandsOver):
        raise UsageError(f"{target.stacks.engine} has nothing to hand over")
    with acting(app, target, "handover"):
        done = target.stacks.handover(target.request, to)
    console.line(f"{target.request.stack}: {'handed over to' if done else 'is already with'} the {to} engine")
    console.result({"stack": target.request.stack, "engine": to, "changed": done})
