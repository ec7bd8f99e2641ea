"""`retailops plan`: what onboarding a store would change now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.errors import PendingChanges

if TYPE_CHECKING:
    from retailops.plan import Plan


@click.command()
@click.argument("store", metavar="ID")
@click.option(
    "--stage", "only", metavar="STAGE", help="Only this stage (enroll, wan, edge, apps, acceptance, certificate)."
)
@click.option("--check", is_flag=True, help="End with 4 when changes are pending.")
@click.option("--save", is_flag=True, help="Keep the plan in .retailops/plans.")
@output_option
@pass_app
def plan(app: App, store: str, only: str | None, check: bool, save: bool, console: Console) -> None:
    """Read the store and show what onboarding would change; nothing is changed.

    A stage is planned when those before it are done, so the plan ends with the first stage that has something to do.

    Example: retailops plan hz0001 --check
    """
    from retailops.onboarding.onboard import open_context, plan_stage, plans_folder
    from retailops.onboarding.stages import procedure
    from retailops.plan import lines, write_plan

    chain = procedure(app.root)
    context = open_context(app.ports, app.root, store, lambda text: console.line(f"  {text}"))
    mark = " (SIMULATED)" if app.ports.world == "SIMULATED" else ""
    plans: list[Plan] = []
    for stage in (chain.stage(only),) if only else chain.stages:
        found = plan_stage(context, stage)
        plans.append(found)
        console.line(f"{stage.name}{mark}: {len(found.actions)} to do, {len(found.noops)} already right")
        for line in lines(found):
            console.line(line)
        if save and found.actions:
            console.line(f"  saved {write_plan(found, plans_folder(app.root))}")
        if found.actions:
            break
    rest = [] if only else [stage.name for stage in chain.stages[len(plans) :]]
    if rest:
        console.line(f"then: {', '.join(rest)} (planned when {plans[-1].stage} is done)")
    pending = sum(len(found.actions) for found in plans)
    document = [{**found.to_json(), "digest": found.digest} for found in plans]
    console.result(
        {"store": store, "world": app.ports.world, "design": context.digest, "plans": document, "later": rest}
    )
    if check and pending:
        raise PendingChanges(f"{store}: {pending} change(s) pending", resolution=f"retailops store onboard {store}")
