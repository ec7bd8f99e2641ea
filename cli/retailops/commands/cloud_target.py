"""Which stack a `retailops cloud` command acts on, the lock that it holds meanwhile, and how the result is shown."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from retailops.commands.app import MARKER, App
from retailops.commands.console import Console
from retailops.errors import RetailopsError, UsageError
from retailops.ports import CloudPorts, StackRequest, StackResult, Stacks, StackTargets

if TYPE_CHECKING:
    from retailops.model.chain import FleetFile
    from retailops.model.clouds import Cloud

F = TypeVar("F", bound=Callable[..., Any])
_SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-", "refresh": "~", "read": "=", "import": "="}


@dataclass(frozen=True)
class Target:
    """What a command acts on: the stack, and the engine that does it; `store` is set for a store's own stack, `cloud` for a cloud's.

    `lab` are the machines of the fleet's lab, for a cloud that is there.
    """

    stacks: Stacks
    request: StackRequest
    store: str = ""
    cloud: str = ""
    lab: CloudPorts | None = None


def target_options(command: F) -> F:
    """The options that say which stack; the command gets them as `chosen`."""
    for option in reversed(
        (
            click.argument("store_id", metavar="[STORE|CLOUD]", required=False),
            click.option("--program", type=click.Path(path_type=Path), help="A folder with a Pulumi.yaml."),
            click.option("--stack", metavar="NAME", help="The program's stack."),
            click.option(
                "--state",
                metavar="PLACE",
                help="Where its state is: a folder or an s3:// URL (default: PROGRAM/.state).",
            ),
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


def some_options(command: F) -> F:
    """The options that leave everything but a few resources alone."""
    for option in reversed(
        (
            click.option(
                "--target",
                multiple=True,
                metavar="URN",
                help="Touch only this resource: its URN, TYPE::NAME or NAME, with * and ** as wildcards. Repeatable.",
            ),
            click.option("--target-dependents", is_flag=True, help="And what needs it, however far."),
        )
    ):
        command = option(command)
    return command


patience_option = click.option(
    "--patience",
    default=600,
    show_default=True,
    type=click.IntRange(1),
    help="Seconds that a program may do nothing before it is ended.",
)
replace_option = click.option(
    "--replace",
    multiple=True,
    metavar="URN",
    help="Replace this resource even if nothing of it has changed. Repeatable.",
)


policies_option = click.option(
    "--policies", is_flag=True, help="Let the policies look at a --program that is not ours, too."
)


def find_target(app: App, console: Console, chosen: dict[str, Any], *, opens_secrets: bool = True) -> Target:
    """The stack that the options name; without `opens_secrets` a program's passphrase may be missing."""
    if chosen["program"] and not opens_secrets:
        chosen = {**chosen, "passphrase_file": chosen["passphrase_file"] or Path(os.devnull)}
    found = _named(app, console, chosen)
    aim = StackTargets(chosen.get("target", ()), chosen.get("target_dependents", False), chosen.get("replace", ()))
    if aim.dependents and not aim.names:
        raise UsageError("--target-dependents goes with --target")
    if app.simulate and aim != StackTargets():
        raise UsageError("the simulated world has whole stacks only: leave --target and --replace out")
    patience = float(chosen.get("patience", found.request.patience))
    return replace(found, request=replace(found.request, targets=aim, patience=patience))


def _named(app: App, console: Console, chosen: dict[str, Any]) -> Target:
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
    return Target(stacks, made, cloud=cloud.id, lab=lab)


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
    return Target(stacks, _governed(request, chosen.get("policies", False)))


def _governed(request: StackRequest, policies: bool) -> StackRequest:
    """With the waivers and, for `policies`, the placement of the fleet repository in which the program stands, if it does."""
    from retailops.model import load_chain
    from retailops.render.policy_settings import policy_settings
    from retailops.render.policy_waivers import policy_waivers

    fleet = next((folder for folder in request.program.resolve().parents if (folder / MARKER).is_file()), None)
    if fleet is None:
        return replace(request, policies=policies)
    config = policy_settings(load_chain(fleet)) if policies else {}
    return replace(request, policies=policies, config=config, waivers=policy_waivers(fleet))


def _of_store(app: App, console: Console, chosen: dict[str, Any]) -> Target:
    if given := [key for key in ("stack", "state", "passphrase_file", "kubeconfig") if chosen[key]]:
        raise UsageError(f"--{given[0].replace('_', '-')} goes with --program; a store's stack has its own")
    from retailops.edge.apps import stack_request
    from retailops.onboarding.onboard import open_context

    context = open_context(app.ports, app.root, chosen["store_id"], console.line)
    return Target(app.ports.stacks, stack_request(context), chosen["store_id"])


@contextmanager
def acting(app: App, target: Target, verb: str) -> Iterator[None]:
    """Whoever changes a store or a cloud holds its lock; a SIGTERM ends it as Ctrl-C does, with everything written down."""
    held = target.store or target.cloud
    lock = app.records.locks.take(held, f"cloud {verb} {held}") if held else None
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if lock:
            lock.release()


def program_name(target: Target) -> str:
    return target.request.program.name


def services_used(app: App, target: Target, result: StackResult) -> Mapping[str, Any]:
    """How the services that run on the centre's cluster of a lab did when they were used."""
    from retailops.cloud import centre

    cluster = target.request.kubeconfig
    if target.lab is None or cluster is None or cluster != centre.found(target.lab, cluster.parents[1]):
        return {}
    return centre.use(app.ports.prober, target.lab, result.outputs["services"])


def show(
    app: App,
    console: Console,
    target: Target,
    result: StackResult,
    word: str,
    used: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """The steps that were not `same`, the counts, and how the services did that were used."""
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
    for service, found in used.items():
        console.line(f"  {service}: {'' if found['ok'] else 'FAILED: '}{found['said']} ({found['seconds']:.1f} s)")
    console.result(
        {
            "stack": target.request.stack,
            "program": program_name(target),
            "engine": result.engine,
            "changes": result.changes,
            "steps": [{"op": step.op, "urn": step.urn, "diff": list(step.diff)} for step in result.steps],
            "policies": [asdict(finding) for finding in result.findings],
            "outputs": dict(result.outputs),
            **({"used": dict(used)} if used else {}),
            "digest": result.digest,
            "simulated": app.simulate,
        }
    )
