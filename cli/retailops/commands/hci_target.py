"""What `retailops hci` acts on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from retailops.commands.app import App
from retailops.errors import FleetError, GateNotMet

if TYPE_CHECKING:
    from retailops.hci.mirror.sites import Site
    from retailops.hci.standing import Standing
    from retailops.model.chain import FleetFile
    from retailops.model.hosts import Hci

F = TypeVar("F", bound=Callable[..., Any])

SITE = "retailops.hci.site"


def site_option(command: F) -> F:
    """Adds `--site`."""

    def keep(ctx: click.Context, _param: click.Parameter, value: str) -> None:
        ctx.meta[SITE] = value

    return click.option(
        "--site",
        type=click.Choice(["main", "recovery"]),
        default="main",
        show_default=True,
        expose_value=False,
        callback=keep,
        help="Which of the two sites: hci or recovery of fleet.yaml.",
    )(command)


def described(app: App) -> FleetFile:
    from retailops.model import load_chain

    chain = load_chain(app.root)
    if not chain.hci.hosts:
        raise FleetError(
            "fleet.yaml describes no hosts under hci", resolution="docs/how-to/describe-hosts.md shows how."
        )
    return chain


def site_of(app: App) -> Site:
    """The site that the command line names, with its hosts."""
    from retailops.hci.mirror.sites import site

    name = click.get_current_context().meta.get(SITE, "main")
    found = site(described(app), name)
    if not found.hci.hosts:
        raise FleetError(
            f"fleet.yaml describes no hosts under {name}", resolution="docs/how-to/mirror-to-another-site.md shows how."
        )
    return found


def standing_of(app: App) -> Standing:
    """What acts on the site that the command line names."""
    from retailops.hci.standing import Standing

    site = site_of(app)
    return Standing(site.hci, site.cluster, app.ports, site.other, app.root)


def refuse_broken(hosts: Hci) -> None:
    from retailops.hci.promises import broken

    if lines := list(broken(hosts)):
        raise GateNotMet(
            f"{len(lines)} of hci's promises can't be held",
            details="\n".join(lines),
            resolution="Change hci in fleet.yaml; `retailops hci plan --sizing-only` says when it holds.",
        )
