"""`retailops cloud state`: what is written down of stacks, and where."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from retailops.commands.app import App, pass_app
from retailops.commands.cloud_state_move import move
from retailops.commands.cloud_target import Target, acting, find_target, target_options
from retailops.commands.console import Console, confirm, output_option
from retailops.errors import PendingChanges, RetailopsError, UsageError
from retailops.ports import KeepsState, StackLock


@click.group()
def state() -> None:
    """What is written down of stacks, and where."""


state.add_command(move)


@state.command()
@target_options
@output_option
@pass_app
def check(app: App, /, console: Console, **chosen: Any) -> None:
    """Say whether a stack's state is whole, what is unfinished in it, and who holds it.

    Ends with 1 for a state that is damaged, with 4 where an update was cut off: `cloud refresh` settles that by looking.

    Example: retailops cloud state check hz0001
    """
    target, keeper = _keeper(app, console, chosen)
    found = keeper.record(target.request)
    console.line(f"{found.where}: {found.resources} resources, whole; written by {found.writer or 'nobody yet'}")
    for note in found.notes:
        console.line(f"  {note}")
    for lock in found.locks:
        console.line(f"  {_words(lock)}")
    for operation in found.pending:
        console.line(f"  cut off while {operation}")
    console.result(
        {
            **{key: value for key, value in vars(found).items() if key != "locks"},
            "locks": [vars(lock) for lock in found.locks],
        }
    )
    if found.cut_off or found.pending:
        raise PendingChanges(
            f"the last update of stack {found.stack} was cut off",
            resolution="Run `retailops cloud refresh`: it looks at what became of it and settles it.",
        )


@state.command("list")
@target_options
@output_option
@pass_app
def list_(app: App, /, console: Console, **chosen: Any) -> None:
    """List a stack's resources by their URNs.

    Example: retailops cloud state list private --output json
    """
    target, keeper = _keeper(app, console, chosen)
    items = keeper.items(target.request)
    console.table(("urn", "id", ""), ((item.urn, item.id, ", ".join(item.marks)) for item in items))
    console.result([{"urn": item.urn, "id": item.id, "marks": list(item.marks)} for item in items])


@state.command()
@target_options
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="How many, newest first.")
@output_option
@pass_app
def history(app: App, /, console: Console, limit: int, **chosen: Any) -> None:
    """List a stack's updates: when, how they ended, and what they changed.

    Example: retailops cloud state history private --limit 5
    """
    target, keeper = _keeper(app, console, chosen)
    found = keeper.history(target.request)[::-1][:limit]
    rows = (
        (
            _time(item.began),
            f"{item.ended - item.began} s",
            item.kind,
            item.result,
            " ".join(f"{op}={count}" for op, count in sorted(item.changes.items())),
            item.message,
        )
        for item in found
    )
    console.table(("began", "took", "kind", "result", "changes", "message"), rows)
    console.result([{**vars(item), "changes": dict(item.changes)} for item in found])


@state.command()
@target_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_app
def unlock(app: App, /, console: Console, yes: bool, **chosen: Any) -> None:
    """Take away a lock whose process is dead; somebody else's only after a question that names them.

    Never one whose process lives. The lock of a cut-off update of ours needs none of this: the next `cloud refresh` or `up`
    takes it over.

    Example: retailops cloud state unlock private
    """
    target, keeper = _keeper(app, console, chosen)
    found = keeper.record(target.request)
    if found.cut_off:
        raise RetailopsError(
            f"the lock of stack {found.stack} is that of an update that was cut off",
            details="\n".join(_words(lock) for lock in found.locks),
            resolution="Run `retailops cloud refresh`: it takes the lock over and settles what was under way.",
        )
    for lock in found.locks:
        if lock.alive is not False or not lock.ours:
            confirm(console, f"Take away the lock of {lock.who} since {lock.since}?", yes=yes)
    keeper.unlock(target.request, found.locks)
    for lock in found.locks:
        console.line(f"unlocked: {lock.who} since {lock.since}")
    if not found.locks:
        console.line(f"stack {found.stack} is not locked")
    console.result({"stack": found.stack, "unlocked": [vars(lock) for lock in found.locks]})


@state.command()
@click.option("--resource", "name", required=True, metavar="URN", help="Its URN, TYPE::NAME or NAME.")
@target_options
@click.option("--target-dependents", is_flag=True, help="And what needs it, however far.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_app
def delete(app: App, /, console: Console, name: str, target_dependents: bool, yes: bool, **chosen: Any) -> None:
    """Take a resource out of a state; the thing itself is not touched, and nobody looks after it any more.

    Refused while something else in the stack needs it. The state as it was stays beside it as .bak.

    Example: retailops cloud state delete --resource till --program . --stack dev
    """
    target, keeper = _keeper(app, console, chosen)
    gone = keeper.forgettable(target.request, name, dependents=target_dependents)
    for urn in gone:
        console.line(f"  {urn}")
    confirm(console, f"Take {len(gone)} out of the state of stack {target.request.stack}?", yes=yes)
    with acting(app, target, "state delete"):
        keeper.forget(target.request, gone)
    console.line(f"{target.request.stack}: {len(gone)} taken out of the state")
    console.result({"stack": target.request.stack, "deleted": list(gone)})


@state.command()
@click.option("--resource", "name", metavar="URN", help="Its URN, TYPE::NAME or NAME.")
@click.option("--all", "everything", is_flag=True, help="Every resource of the stack.")
@target_options
@output_option
@pass_app
def unprotect(app: App, /, console: Console, name: str | None, everything: bool, **chosen: Any) -> None:
    """Lift the protection of a resource in the state; the next `up` of a program that still says `protect` sets it again.

    Example: retailops cloud state unprotect --resource till --program . --stack dev
    """
    if (name is None) != everything:
        raise UsageError("name one with --resource URN, or all with --all")
    target, keeper = _keeper(app, console, chosen)
    with acting(app, target, "state unprotect"):
        lifted = keeper.unprotect(target.request, name or "")
    for urn in lifted:
        console.line(f"no longer protected: {urn}")
    if not lifted:
        console.line("nothing of that was protected")
    console.result({"stack": target.request.stack, "unprotected": list(lifted)})


def _keeper(app: App, console: Console, chosen: dict[str, Any]) -> tuple[Target, KeepsState]:
    target = find_target(app, console, chosen, opens_secrets=False)
    if not isinstance(target.stacks, KeepsState):
        raise UsageError(f"{target.stacks.engine} keeps no state that could be looked at")
    return target, target.stacks


def _words(lock: StackLock) -> str:
    life = {True: "it lives", False: "it is dead", None: "on another machine"}[lock.alive]
    return f"held by {lock.who} since {lock.since}: {life}"


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
