"""`retailops ci`: what a pipeline calls on a change of the fleet repository."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from retailops.commands.app import App, pass_app, whoami
from retailops.commands.console import Console, output_option
from retailops.errors import GateNotMet, ToolError

if TYPE_CHECKING:
    from retailops.cloud.catalog import WantedStack
    from retailops.cloud.changes.plan import RequestOf
    from retailops.ports import StackRequest


class _OfCloud(click.ParamType[tuple[str, Path]]):
    """`CLOUD=FILE`."""

    name = "cloud"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        cloud, equals, file = str(value).partition("=")
        if not (cloud and equals and file):
            self.fail(f"{value!r} is not CLOUD=FILE", param, ctx)
        return cloud, Path(file)


kubeconfig_option = click.option(
    "--kubeconfig",
    "kubeconfigs",
    type=_OfCloud(),
    metavar="CLOUD=FILE",
    multiple=True,
    help="A private cloud's cluster (default: the cloud's `credentials` in fleet.yaml).",
)


@click.group()
def ci() -> None:
    """A pipeline's commands: plan what a change touches, apply exactly that plan."""


@ci.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan for `ci apply`.")
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write the summary for the review.")
@click.option(
    "--base",
    "--against",
    metavar="REF",
    help="Show only what this branch changes since it left this git revision (default: all that is not applied yet).",
)
@click.option(
    "--patience", default=600, show_default=True, type=click.IntRange(1), help="Seconds that a program may do nothing."
)
@kubeconfig_option
@output_option
@pass_app
def plan(
    app: App,
    console: Console,
    out: Path | None,
    markdown: Path | None,
    base: str | None,
    patience: int,
    kubeconfigs: tuple[tuple[str, Path], ...],
) -> None:
    """Show which stacks the fleet repository changes, and how; nothing is changed.

    A stack is touched when its input hash differs from its applied revision; only those are previewed. With --base it must also
    differ from what the fleet repository wanted where this branch left REF, so that a merge request shows its own change; an
    index that REF gave to another store since ends this with 3. A stack whose cluster does not answer, or a cloud whose secrets
    are not here, is shown as unknown, and does not fail the pipeline. A stack that a policy refuses ends this with 6.

    Example: retailops ci plan --base origin/main --out plan.json --markdown plan.md
    """
    from retailops.cloud.catalog import stacks_of
    from retailops.cloud.changes.base import read_base
    from retailops.cloud.changes.inputs import Inputs
    from retailops.cloud.changes.plan import plan_changes
    from retailops.cloud.changes.price import Pricing
    from retailops.cloud.changes.summary import summary
    from retailops.cloud.rollouts.release import still_open
    from retailops.model import load_fleet
    from retailops.model.writing import write_whole
    from retailops.onboarding.revisions import image
    from retailops.plan import canonical
    from retailops.render.policy_waivers import policy_waivers

    ports, root, fleet = app.ports, app.root, load_fleet(app.root)
    inputs, till = Inputs(root), image(ports)
    since = read_base(app.history, base, fleet, inputs, till) if base is not None else None
    open_stack = requests_of(app, console, kubeconfigs)
    released = {change.name: change.inputs for change in still_open(ports) if change.form == "changes"}
    found = plan_changes(
        ports,
        fleet.chain.id,
        stacks_of(fleet, image=till),
        inputs,
        ports.revisions.every() if ports.revisions else (),
        lambda stack: replace(open_stack(stack), patience=float(patience)),
        base=since,
        pricing=Pricing.of_fleet(root, fleet.file, ports.clock.now().date()),
        waivers=policy_waivers(root),
        released=released,
    )
    text = summary(found, fleet.file.rollout.limit)
    console.line(text.rstrip())
    if out:
        write_whole(out, canonical(found.to_json()).decode())
    if markdown:
        write_whole(markdown, text)
    console.result(found.to_json())
    if broken := found.of("failed"):
        raise ToolError(
            f"{len(broken)} stacks can't be previewed",
            details=_some(f"{change.name}: {change.why}" for change in broken),
            resolution="Mend them and plan again.",
        )
    if refused := found.of("refused"):
        raise GateNotMet(
            f"policies refuse {len(refused)} stacks: {', '.join(change.name for change in refused[:10])}",
            details=_some(f"{change.name}: {item}" for change in refused for item in change.policies if item.stops),
            resolution="Mend them and plan again.",
        )


def _some(lines: Iterable[str]) -> str:
    """The first twenty; the page and the plan file have all."""
    every = list(lines)
    return "\n".join([*every[:20], *([f"… and {len(every) - 20} more"] if len(every) > 20 else [])])


@ci.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--wait", default=0, show_default=True, type=click.IntRange(0), help="Seconds to wait for another apply.")
@kubeconfig_option
@output_option
@pass_app
def apply(app: App, console: Console, plan_file: Path, wait: int, kubeconfigs: tuple[tuple[str, Path], ...]) -> None:
    """Apply exactly a saved plan; refuse, touching nothing, where inputs or world moved since.

    A plan that touches more stores than rollout.limit is released as a rollout, and nothing is touched yet: `fleet rollout run`
    goes on by rings. Ends with 0 also where a store could not be reached: it is deferred, and `fleet status --check` alarms by
    age. Ends with 4 when something moved, with 5 when a stack failed and the others are done, with 7 while another apply is going on.

    Example: retailops ci apply plan.json --wait 600
    """
    from retailops.cloud.changes.apply import apply_changes, check_inputs, one_applier, still_to_do
    from retailops.cloud.changes.change import read_change_plan
    from retailops.cloud.rollouts.release import release, release_deferred
    from retailops.commands.ci_applied import released, show_applied
    from retailops.model import load_chain, load_fleet
    from retailops.onboarding.revisions import image
    from retailops.run.pausing import stop_if_paused

    saved, ports, root = read_change_plan(plan_file), app.ports, app.root
    assert ports.rollouts is not None
    stop_if_paused(ports)
    with one_applier(ports.locks, ports.clock, wait):
        going_on = ports.rollouts.latest()
        left, till = still_to_do(ports, root, saved, going_on), image(ports)
        if left.stores > load_chain(root).rollout.limit:
            check_inputs(root, left, till)
            released(app, console, saved, release(ports, load_fleet(root), left, whoami()))
            return
        ended = apply_changes(ports, root, left, till, requests_of(app, console, kubeconfigs), console.line)
        if any(each.how == "deferred" for each in ended):
            going_on = release_deferred(ports, load_fleet(root), saved, whoami()) or going_on
    show_applied(app, console, saved, ended, going_on)


def requests_of(app: App, console: Console, kubeconfigs: Iterable[tuple[str, Path]]) -> RequestOf:
    """What opens each stack: a store's by its node, a cloud's by what is at hand here."""
    from retailops.cloud.catalog import EDGE
    from retailops.cloud.stack import AtHand, cloud_of, request_of_pipeline
    from retailops.edge.apps import stack_request
    from retailops.edge.stack import passphrase_file
    from retailops.model import load_chain
    from retailops.onboarding.onboard import open_context

    chain, given = load_chain(app.root), dict(kubeconfigs)

    def request_of(stack: WantedStack) -> StackRequest:
        if stack.project == EDGE:
            return stack_request(open_context(app.ports, app.root, stack.stack, console.line))
        cloud = cloud_of(chain, stack.stack)
        assert cloud
        at_hand = AtHand(app.ports.secrets, cloud.id)
        passphrase = passphrase_file(app.root / chain.state.path, chain.state, at_hand)
        return request_of_pipeline(app.root, chain, cloud, at_hand, passphrase, given, app.ports.cloud)

    return request_of
