"""`retailops ci`: what a pipeline calls on a change of the fleet repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.errors import GateNotMet, PartialFailure, ToolError, Unreachable

if TYPE_CHECKING:
    from retailops.cloud.catalog import WantedStack
    from retailops.ports import StackRequest


@click.group()
def ci() -> None:
    """A pipeline's commands: plan what a change touches, apply exactly that plan."""


@ci.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan for `ci apply`.")
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write the summary for the review.")
@output_option
@pass_app
def plan(app: App, console: Console, out: Path | None, markdown: Path | None) -> None:
    """Show which stacks the fleet repository changes, and how; nothing is changed.

    A stack is touched when its input hash differs from its applied revision; only those are previewed. One whose cluster does
    not answer is shown as unknown, and does not fail the pipeline. A stack that a policy refuses ends this with 6.

    Example: retailops ci plan --out plan.json --markdown plan.md
    """
    from retailops.cloud.catalog import all_stacks
    from retailops.cloud.change_plan import plan_changes
    from retailops.cloud.change_summary import summary
    from retailops.cloud.inputs import Inputs
    from retailops.model import load_chain
    from retailops.model.writing import write_whole
    from retailops.onboarding.revisions import image
    from retailops.plan import canonical

    ports, root = app.ports, app.root
    known = ports.revisions.every() if ports.revisions else ()
    stacks = all_stacks(root, image=image(ports))
    found = plan_changes(ports, stacks, Inputs(root), known, lambda stack: _request(app, console, stack))
    text = summary(found, load_chain(root).rollout.limit)
    console.line(text.rstrip())
    if out:
        write_whole(out, canonical(found.to_json()).decode())
    if markdown:
        write_whole(markdown, text)
    console.result(found.to_json())
    if broken := found.of("failed"):
        raise ToolError(
            f"{len(broken)} stacks can't be previewed",
            details="\n".join(f"{change.name}: {change.why}" for change in broken),
            resolution="Mend them and plan again.",
        )
    if refused := found.of("refused"):
        raise GateNotMet(
            f"policies refuse {len(refused)} stacks: {', '.join(change.name for change in refused[:10])}",
            resolution="Mend them and plan again.",
        )


@ci.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--wait", default=0, show_default=True, type=click.IntRange(0), help="Seconds to wait for another apply.")
@output_option
@pass_app
def apply(app: App, console: Console, plan_file: Path, wait: int) -> None:
    """Apply exactly a saved plan; refuse, touching nothing, where inputs or world moved since.

    Ends with 0 also where a store could not be reached: it is deferred, and `fleet status --check` alarms by age. Ends with 4
    when something moved, with 5 when a stack failed and the others are done, with 7 while another apply is going on.

    Example: retailops ci apply plan.json --wait 600
    """
    from retailops.cloud.change import read_change_plan
    from retailops.cloud.change_apply import apply_changes, one_applier
    from retailops.model import load_chain
    from retailops.onboarding.revisions import image
    from retailops.run.pausing import stop_if_paused

    saved, ports, root = read_change_plan(plan_file), app.ports, app.root
    stop_if_paused(ports)
    with one_applier(ports, wait):
        limit = load_chain(root).rollout.limit
        done = apply_changes(
            ports, root, saved, limit, image(ports), lambda stack: _request(app, console, stack), console.line
        )
    mark = " (SIMULATED)" if app.simulate else ""
    console.line(f"{len(done.done)} applied, {len(done.deferred)} deferred, {len(done.failed)} failed{mark}")
    console.result(
        {
            "plan": saved.digest,
            "applied": list(done.done),
            "deferred": dict(done.deferred),
            "failed": dict(done.failed),
            "simulated": app.simulate,
        }
    )
    if done.failed:
        raise PartialFailure(
            f"{len(done.failed)} stacks failed, the others are done",
            details="\n".join(f"{name}: {why}" for name, why in done.failed),
            resolution="Mend the cause, plan again and apply.",
        )


def _request(app: App, console: Console, stack: WantedStack) -> StackRequest:
    from retailops.cloud.catalog import EDGE
    from retailops.edge.apps import stack_request
    from retailops.onboarding.onboard import open_context

    if stack.project != EDGE:
        raise Unreachable(f"ci reaches stores' stacks in this release: retailops cloud up {stack.stack} does this one")
    return stack_request(open_context(app.ports, app.root, stack.stack, console.line))
