"""`retailops cloud burst`: a promotion day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, confirm, output_option
from retailops.errors import FleetError, UsageError
from retailops.ports import Evidence, StackRequest

if TYPE_CHECKING:
    from retailops.cloud.promotion.burst import Burst

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Target:
    """The stack that is scaled: its request without the burst's own config, and the project whose config that is."""

    request: StackRequest
    project: str


@click.group()
def burst() -> None:
    """A promotion day: scale a cloud's stack out by the forecast of fleet.yaml, prove it, and scale it back in.

    Example: retailops cloud burst plan double-twelve-2026
    """


def _stack_options(command: F) -> F:
    for option in reversed(
        (
            click.option("--program", type=click.Path(path_type=Path), help="Another program than the fleet's own."),
            click.option("--stack", metavar="NAME", help="The program's stack (default: the cloud's id)."),
            click.option("--state", metavar="DIR", help="Where its state is (default: PROGRAM/.state)."),
            click.option("--passphrase-file", type=click.Path(path_type=Path), help="Opens the stack's secrets."),
            click.option("--yes", is_flag=True, help="Do not ask."),
        )
    ):
        command = option(command)
    return command


@burst.command()
@click.argument("event", metavar="EVENT")
@output_option
@pass_app
def plan(app: App, console: Console, event: str) -> None:
    """Show nodes, replicas, days and the price of a promotion; nothing is touched.

    Example: retailops cloud burst plan double-twelve-2026 --output json
    """
    wanted = _decided(app, event)
    _show(console, wanted)
    console.result(_document(wanted))


@burst.command()
@click.argument("event", metavar="EVENT")
@_stack_options
@output_option
@pass_app
def start(app: App, /, console: Console, event: str, yes: bool, **chosen: Any) -> None:
    """Scale out, and prove that every node serves; says the price first. A call after a crash goes on.

    Ends with 6 where a node does not serve, with 7 where somebody else scales the same cloud.

    Example: retailops cloud burst start double-twelve-2026 --yes
    """
    from retailops.cloud.promotion import scaling

    wanted = _decided(app, event)
    _show(console, wanted)
    confirm(console, f"Scale {wanted.cloud} out for {wanted.cost} {wanted.rate.currency}?", yes=yes)
    proof = _act(app, console, wanted, chosen, "start", scaling.start)
    asked = (
        "every node answers" if proof.payload["answers"] else "the program exports no endpoints, so no node was asked"
    )
    console.line(f"{wanted.event}: {wanted.wanted}; {asked}{app.mark}")
    _ready(console, wanted, float(proof.payload["seconds"]))
    console.result(_done(app, wanted, "started", proof))


@burst.command()
@click.argument("event", metavar="EVENT")
@_stack_options
@output_option
@pass_app
def end(app: App, /, console: Console, event: str, yes: bool, **chosen: Any) -> None:
    """Scale in to a usual day's size: each node is drained before it is taken away.

    Example: retailops cloud burst end double-twelve-2026 --yes
    """
    from retailops.cloud.promotion import scaling

    wanted = _decided(app, event)
    confirm(console, f"Take {wanted.added} nodes of {wanted.cloud} away?", yes=yes)
    proof = _act(app, console, wanted, chosen, "end", scaling.end)
    console.line(f"{wanted.event}: back to {wanted.usual}{app.mark}")
    console.result(_done(app, wanted, "ended", proof))


def _decided(app: App, event: str) -> Burst:
    from datetime import date

    from retailops.cloud.prices import load_prices
    from retailops.cloud.promotion.burst import decide
    from retailops.model import load_chain
    from retailops.model.values import nearest

    chain = load_chain(app.root)
    promotion = next((each for each in chain.calendars.promotions if each.id == event), None)
    if promotion is None:
        known = [each.id for each in chain.calendars.promotions]
        raise FleetError(
            f"fleet.yaml has no promotion {event!r}{nearest(event, known)}", resolution=f"It has: {', '.join(known)}"
        )
    cloud = next(each for each in chain.clouds if promotion.forecast is None or each.id == promotion.forecast.cloud)
    return decide(promotion, cloud, load_prices(app.root, cloud.region), date.today())


def _act(
    app: App, console: Console, wanted: Burst, chosen: dict[str, Any], verb: str, act: Callable[..., Evidence]
) -> Evidence:
    from retailops.model import load_chain

    target = _target(app, wanted, chosen)
    lock = app.ports.locks.take(f"burst-{wanted.cloud}", f"cloud burst {verb} {wanted.event}")
    try:
        folder = app.root / load_chain(app.root).state.path / ("simulated" if app.simulate else "") / "bursts"
        return act(app.ports, wanted, target.request, target.project, folder, console.line)
    finally:
        lock.release()


def _target(app: App, wanted: Burst, chosen: dict[str, Any]) -> Target:
    if program := chosen["program"]:
        return _of_program(program.absolute(), wanted, chosen)
    if given := [key for key in ("stack", "state", "passphrase_file") if chosen[key]]:
        raise UsageError(f"--{given[0].replace('_', '-')} goes with --program; the fleet's own stack has its own")
    from retailops.cloud.stack import cloud_of, request
    from retailops.edge.stack import passphrase_file
    from retailops.model import load_chain

    chain = load_chain(app.root)
    cloud = cloud_of(chain, wanted.cloud)
    assert cloud
    passphrase = passphrase_file(app.root / chain.state.path, chain.state, app.ports.secrets)
    return Target(request(app.root, chain, cloud, app.ports.secrets, passphrase, None, app.ports.cloud), cloud.kind)


def _of_program(program: Path, wanted: Burst, chosen: dict[str, Any]) -> Target:
    import yaml

    if not chosen["passphrase_file"]:
        raise UsageError("--program also needs --passphrase-file")
    try:
        project = str(yaml.safe_load((program / "Pulumi.yaml").read_text())["name"])
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise UsageError(f"{program} has no usable Pulumi.yaml: {error}") from error
    state = chosen["state"] or str(program / ".state")
    return Target(StackRequest(program, chosen["stack"] or wanted.cloud, {}, state, chosen["passphrase_file"]), project)


def _show(console: Console, wanted: Burst) -> None:
    console.line(f"{wanted.event}, cloud {wanted.cloud}: {wanted.first} to {wanted.last}, {wanted.hours} h")
    console.line(f"  nodes     {wanted.usual.nodes} -> {wanted.wanted.nodes} ({wanted.machine})")
    console.line(f"  replicas  {wanted.usual.replicas} -> {wanted.wanted.replicas}")
    console.line(f"  price     {wanted.added} nodes × {wanted.hours} h × {wanted.rate}")
    console.line(f"            = {wanted.cost} {wanted.rate.currency}{' (STALE figure)' if wanted.stale else ''}")
    console.line(f"  start     {_published(wanted)}")


def _published(wanted: Burst) -> str:
    found = wanted.start
    if found is None:
        return "how long the provider takes to give a node is not known: fill in nodeStarts of prices.yaml"
    return f"{found.least}-{found.most} s a node at {found.provider} ({found.source}; {found.date})"


def _ready(console: Console, wanted: Burst, seconds: float) -> None:
    console.line(f"ready after {seconds:.1f} s, measured with this world's own machines")
    if wanted.start:
        least, most = seconds + wanted.start.least, seconds + wanted.start.most
        console.line(f"with the provider's published node start: {least:.0f}-{most:.0f} s (simulated; goal 120 s)")


def _done(app: App, wanted: Burst, state: str, proof: Evidence) -> dict[str, Any]:
    payload = dict(proof.payload)
    return {**_document(wanted), "state": state, "evidence": proof.hash, "proof": payload, "simulated": app.simulate}


def _document(wanted: Burst) -> dict[str, Any]:
    from dataclasses import asdict

    start = wanted.start.model_dump(mode="json") | {"simulated": True} if wanted.start else None
    return {**asdict(wanted), "start": start, "added": wanted.added}
