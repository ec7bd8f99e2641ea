"""`retailops cloud`: Pulumi stacks, a store's own or any program with a `Pulumi.yaml`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

import click

from retailops.commands.app import MARKER, App, pass_app
from retailops.commands.cloud_burst import burst
from retailops.commands.cloud_config import config
from retailops.commands.console import Console, confirm, output_option
from retailops.errors import PendingChanges, RetailopsError, UsageError
from retailops.ports import PolicyWaiver, StackRequest, StackResult, Stacks

if TYPE_CHECKING:
    from retailops.model.chain import FleetFile
    from retailops.model.clouds import Cloud

F = TypeVar("F", bound=Callable[..., Any])
_SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-", "refresh": "~", "read": "=", "import": "="}


@runtime_checkable
class HandsOver(Protocol):
    """An engine that can hand a stack to the other one."""

    def handover(self, request: StackRequest, to: str) -> bool: ...


@dataclass(frozen=True)
class Target:
    """What a command acts on: the stack, and the engine that does it; `store` is set for a store's own stack, `cloud` for a cloud's."""

    stacks: Stacks
    request: StackRequest
    store: str = ""
    cloud: str = ""


@click.group()
def cloud() -> None:
    """Stacks: a store's edge stack (`cloud up hz0001`), a cloud's (`cloud up private`), or any Pulumi program.

    A program: `cloud up --program DIR --stack NAME`.
    """


cloud.add_command(config)
cloud.add_command(burst)


def _target_options(command: F) -> F:
    """The options that say which stack; the command gets them as `chosen`."""
    for option in reversed(
        (
            click.argument("store_id", metavar="[STORE|CLOUD]", required=False),
            click.option("--program", type=click.Path(path_type=Path), help="A folder with a Pulumi.yaml."),
            click.option("--stack", metavar="NAME", help="The program's stack."),
            click.option("--state", metavar="DIR", help="Where its state is (default: PROGRAM/.state)."),
            click.option(
                "--passphrase-file",
                type=click.Path(path_type=Path),
                help="The file that opens the stack's secrets (default: PULUMI_CONFIG_PASSPHRASE_FILE).",
            ),
            click.option("--kubeconfig", type=click.Path(path_type=Path), help="For the default kubernetes provider."),
        )
    ):
        command = option(command)
    return command


@cloud.command()
@_target_options
@click.option("--check", is_flag=True, help="End with 4 if anything would change.")
@output_option
@pass_app
def preview(app: App, /, console: Console, check: bool, **chosen: Any) -> None:
    """Show what `up` would do; nothing is changed or locked.

    Example: retailops cloud preview hz0001 --check
    """
    target = _target(app, console, chosen)
    result = target.stacks.preview(target.request, console.line)
    _show(app, console, target, result, "would change")
    if check and result.changes:
        raise PendingChanges(
            f"changes are pending for stack {target.request.stack}: {result.changes}",
            resolution="Run `retailops cloud up`.",
        )


@cloud.command()
@_target_options
@output_option
@pass_app
def up(app: App, /, console: Console, **chosen: Any) -> None:
    """Bring a stack to what its program says; a preview must pass first.

    Example: retailops cloud up --program ./mystack --stack dev --passphrase-file ./passphrase
    """
    target = _target(app, console, chosen)
    with _acting(app, target, "up"):
        _show(app, console, target, target.stacks.up(target.request, console.line), "changed")
        if target.store:
            from retailops.onboarding.revisions import keep_applied

            keep_applied(app.ports, app.root, target.store)
        elif target.cloud and app.records.revisions:
            from retailops.onboarding.revisions import keep_cloud_applied

            now = app.records.clock.now()
            keep_cloud_applied(app.records.revisions, app.root, target.request.program.name, target.cloud, now)


@cloud.command()
@_target_options
@output_option
@pass_app
def refresh(app: App, /, console: Console, **chosen: Any) -> None:
    """Take the world as it is into the state, and show what drifted.

    Example: retailops cloud refresh hz0001
    """
    target = _target(app, console, chosen)
    with _acting(app, target, "refresh"):
        _show(app, console, target, target.stacks.refresh(target.request, console.line), "drifted")


@cloud.command()
@_target_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_app
def destroy(app: App, /, console: Console, yes: bool, **chosen: Any) -> None:
    """Delete everything that a stack has made.

    Example: retailops cloud destroy hz0001
    """
    target = _target(app, console, chosen)
    confirm(console, f"Delete everything that stack {target.request.stack} of {_name(target)} has made?", yes=yes)
    with _acting(app, target, "destroy"):
        _show(app, console, target, target.stacks.destroy(target.request, console.line), "deleted")


@cloud.command()
@_target_options
@output_option
@pass_app
def outputs(app: App, /, console: Console, **chosen: Any) -> None:
    """Show a stack's outputs; secrets stay hidden.

    Example: retailops cloud outputs hz0001 --output json
    """
    target = _target(app, console, chosen)
    found = target.stacks.outputs(target.request)
    console.table(("output", "value"), ((key, str(value)) for key, value in found.items()))
    console.result(dict(found))


@cloud.command()
@_target_options
@click.option(
    "--to", type=click.Choice(["builtin", "official"]), required=True, help="Which engine writes from now on."
)
@output_option
@pass_app
def handover(app: App, /, console: Console, to: str, **chosen: Any) -> None:
    """Hand a stack from the built-in engine to the official Pulumi CLI, or back.

    Example: retailops cloud handover hz0001 --to official
    """
    target = _target(app, console, chosen)
    if not isinstance(target.stacks, HandsOver):
        raise UsageError(f"{target.stacks.engine} has nothing to hand over")
    with _acting(app, target, "handover"):
        done = target.stacks.handover(target.request, to)
    console.line(f"{target.request.stack}: {'handed over to' if done else 'is already with'} the {to} engine")
    console.result({"stack": target.request.stack, "engine": to, "changed": done})


def _target(app: App, console: Console, chosen: dict[str, Any]) -> Target:
    store, program = chosen["store_id"], chosen["program"]
    if (store is None) == (program is None):
        raise UsageError("name a store or a cloud, or a program with --program DIR --stack NAME")
    if program:
        return _of_program(app, chosen)
    from retailops.cloud.stack import cloud_of
    from retailops.model import load_chain

    chain = load_chain(app.root)
    cloud = cloud_of(chain, store)
    return _of_cloud(app, chain, cloud, chosen) if cloud else _of_store(app, console, chosen)


def _of_cloud(app: App, chain: FleetFile, cloud: Cloud, chosen: dict[str, Any]) -> Target:
    if given := [key for key in ("stack", "state") if chosen[key]]:
        raise UsageError(f"--{given[0]} goes with --program; a cloud's stack has its own")
    from retailops.cloud.stack import request
    from retailops.edge.stack import passphrase_file

    alone = chain.environment == "lab" and not app.simulate and not _has_lab(app.root)
    secrets = app.open_secrets(app.root) if app.open_secrets else app.ports.secrets
    passphrase: Path | None = chosen["passphrase_file"]
    if passphrase is None:
        passphrase = passphrase_file(app.root / chain.state.path, chain.state, secrets)
    lab = None if alone else app.ports.cloud
    made = request(app.root, chain, cloud, secrets, passphrase, chosen["kubeconfig"], lab)
    stacks = app.choose_stacks() if alone and app.choose_stacks else app.ports.stacks
    return Target(stacks, made, cloud=cloud.id)


def _has_lab(root: Path) -> bool:
    """Where the fleet has a lab, its clouds are in the lab's network; else a kubeconfig's cluster is reached from here."""
    from retailops.lab import Lab

    try:
        Lab.of_fleet(root)
    except RetailopsError:
        return False
    return True


def _of_program(app: App, chosen: dict[str, Any]) -> Target:
    named = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    chosen = {**chosen, "passphrase_file": chosen["passphrase_file"] or (Path(named) if named else None)}
    if not chosen["stack"] or not chosen["passphrase_file"]:
        missing = " and ".join(f"--{key.replace('_', '-')}" for key in ("stack", "passphrase_file") if not chosen[key])
        raise UsageError(f"--program also needs {missing}")
    stacks = app.choose_stacks() if app.choose_stacks and app.fleet is None else app.ports.stacks
    program: Path = chosen["program"].absolute()
    state = chosen["state"] or str(program / ".state")
    request = StackRequest(program, chosen["stack"], {}, state, chosen["passphrase_file"], chosen["kubeconfig"])
    return Target(stacks, replace(request, waivers=_waivers(program)))


def _waivers(program: Path) -> tuple[PolicyWaiver, ...]:
    """Those of the fleet repository in which the program stands, none outside of any."""
    from retailops.render.policy_waivers import policy_waivers

    fleet = next((folder for folder in program.resolve().parents if (folder / MARKER).is_file()), None)
    return policy_waivers(fleet) if fleet else ()


def _of_store(app: App, console: Console, chosen: dict[str, Any]) -> Target:
    if given := [key for key in ("stack", "state", "passphrase_file", "kubeconfig") if chosen[key]]:
        raise UsageError(f"--{given[0].replace('_', '-')} goes with --program; a store's stack has its own")
    from retailops.edge.apps import stack_request
    from retailops.onboarding.onboard import open_context

    context = open_context(app.ports, app.root, chosen["store_id"], console.line)
    return Target(app.ports.stacks, stack_request(context), chosen["store_id"])


@contextmanager
def _acting(app: App, target: Target, verb: str) -> Iterator[None]:
    """Whoever changes a store or a cloud holds its lock."""
    held = target.store or target.cloud
    lock = app.records.locks.take(held, f"cloud {verb} {held}") if held else None
    try:
        yield
    finally:
        if lock:
            lock.release()


def _name(target: Target) -> str:
    return target.request.program.name


def _show(app: App, console: Console, target: Target, result: StackResult, word: str) -> None:
    if app.simulate:
        console.line("SIMULATED")
    for step in result.steps:
        if step.op != "same":
            kind, _, name = step.urn.rpartition("::")
            console.line(f"  {_SIGNS[step.op]} {step.op:8} {kind.rpartition('::')[2].rpartition('$')[2]} {name}")
            for line in step.diff[:12]:
                console.line(f"      {line}")
    counts = Counter(step.op for step in result.steps)
    same = f"{counts['same']} as they were"
    console.line(f"{target.request.stack}: {result.changes} {word}, {same} ({result.engine})")
    console.result(
        {
            "stack": target.request.stack,
            "program": _name(target),
            "engine": result.engine,
            "changes": result.changes,
            "steps": [{"op": step.op, "urn": step.urn, "diff": list(step.diff)} for step in result.steps],
            "outputs": dict(result.outputs),
            "digest": result.digest,
            "simulated": app.simulate,
        }
    )
