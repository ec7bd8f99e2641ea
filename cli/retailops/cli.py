"""The root command: which groups there are, the error boundary, and where the wiring is called from."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import click

from retailops import __version__
from retailops.commands.app import App, Records
from retailops.commands.lazy import LazyGroup
from retailops.errors import RetailopsError
from retailops.ports import Choice, History, Ports, Secrets, Signatures, Stacks

COMMANDS = {
    "demo": ("retailops.commands.demo:demo", "A lab on this computer, and one store opened on it."),
    "init": ("retailops.commands.init:init", "Write a fleet repository that works."),
    "check": ("retailops.commands.check:check", "Read the whole fleet repository and list every fault."),
    "schema": ("retailops.commands.schema:schema", "Print the JSON Schema of a kind of file."),
    "store": ("retailops.commands.store:store", "Stores: new, list, show, import, onboard, gates, verify."),
    "plan": ("retailops.commands.plan:plan", "Show what onboarding a store would change now."),
    "run": ("retailops.commands.run:run", "Runs: list, show, events, retry, cancel."),
    "cloud": (
        "retailops.commands.cloud:cloud",
        "Pulumi stacks: preview, up, refresh, destroy, outputs, import, state, config, handover, burst.",
    ),
    "ci": ("retailops.commands.ci:ci", "A pipeline's commands: plan, apply."),
    "fleet": ("retailops.commands.fleet:fleet", "The whole fleet: status, pause, resume, rollout."),
    "hci": ("retailops.commands.hci:hci", "Hyperconverged hosts: plan, up, status, add, drain, replace, drill."),
    "lab": ("retailops.commands.lab:lab", "Real hosts on this computer: up, status, cut, heal, shell, down."),
    "doctor": ("retailops.commands.doctor:doctor", "Show what was found and chosen here, and what stands in."),
}


class Root(LazyGroup):
    """The error boundary: our errors become one line and a way out."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RetailopsError as error:
            _show(error)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("Interrupted. The same command goes on where it was.", err=True)
            ctx.exit(130)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(1)
        except OSError as error:
            _show(_from_os(error))
            ctx.exit(1)
        except Exception:
            click.echo(f"Error: this is a bug in retailops; the traceback is in {_keep_traceback()}", err=True)
            ctx.exit(1)


def _show(error: RetailopsError) -> None:
    click.echo(f"Error: {error.message}", err=True)
    if error.details:
        click.echo(error.details.rstrip(), err=True)
    if error.resolution:
        click.echo(f"What to do: {error.resolution}", err=True)


def _from_os(error: OSError) -> RetailopsError:
    place = f" ({error.filename})" if error.filename else ""
    return RetailopsError(f"{error.strerror or error}{place}", resolution="Mend that and repeat the command.")


def _keep_traceback() -> str:
    handle, name = tempfile.mkstemp(prefix="retailops-traceback-", suffix=".txt")
    with os.fdopen(handle, "w") as file:
        file.write(traceback.format_exc())
    return name


def _build_ports(root: Path, simulate: bool) -> Ports:
    from retailops.wiring import build_ports

    return build_ports(root, simulate)


def _survey() -> tuple[Choice, ...]:
    from retailops.wiring import survey_here

    return survey_here()


def _checking(root: Path) -> Signatures:
    from retailops.drivers.signing import checking

    return checking(root)


def _open_records(root: Path, simulate: bool) -> Records:
    from retailops.drivers.clock import SystemClock
    from retailops.drivers.evidence import SqliteEvidence
    from retailops.drivers.journal import SqliteJournal
    from retailops.drivers.locks import FileLocks
    from retailops.drivers.revisions import SqlitePauses, SqliteRevisions
    from retailops.drivers.rollouts import SqliteRollouts
    from retailops.model import load_chain

    state = root / load_chain(root).state.path / ("simulated" if simulate else "")
    clock = SystemClock()
    locks = FileLocks(state / "locks", clock)
    return Records(
        SqliteJournal(state / "journal.sqlite", locks.held),
        locks,
        clock,
        SqliteEvidence(state / "evidence.sqlite"),
        SqliteRevisions(state / "revisions.sqlite"),
        SqlitePauses(state / "revisions.sqlite"),
        SqliteRollouts(state / "revisions.sqlite"),
    )


def _open_secrets(root: Path) -> Secrets:
    from retailops.drivers.secrets import FileSecrets

    return FileSecrets(root)


def _open_history(root: Path) -> History:
    from retailops.drivers.git import GitHistory

    return GitHistory(root)


def _choose_stacks() -> Stacks:
    from retailops.drivers.pulumi import choose

    return choose()


@click.group(
    cls=Root, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="retailops")
@click.option(
    "--fleet",
    type=click.Path(path_type=Path),
    help="The fleet repository (else RETAILOPS_FLEET, else upward from here).",
)
@click.option("--simulate", is_flag=True, help="Act in the simulated world; everything it prints is marked SIMULATED.")
@click.pass_context
def main(ctx: click.Context, fleet: Path | None, simulate: bool) -> None:
    """Describe a chain of shops once, and open its stores.

    \b
    Exit codes: 0 done · 1 a tool or the world failed · 2 wrong command line · 3 the fleet
    repository is wrong · 4 changes pending · 5 some stores failed · 6 a gate is not met ·
    7 somebody else holds the lock · 130 interrupted.

    Example: retailops init mychain && cd mychain && retailops check
    """
    ctx.obj = App(
        fleet,
        _build_ports,
        _survey,
        simulate,
        _checking,
        _open_records,
        _choose_stacks,
        _open_secrets,
        _open_history,
    )
