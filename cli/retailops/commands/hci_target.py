"""What `retailops hci` acts on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retailops.commands.app import App
from retailops.errors import FleetError, GateNotMet

if TYPE_CHECKING:
    from retailops.hci.standing import Standing
    from retailops.model.chain import FleetFile
    from retailops.model.hosts import Hci


def described(app: App) -> FleetFile:
    from retailops.model import load_chain

    chain = load_chain(app.root)
    if not chain.hci.hosts:
        raise FleetError(
            "fleet.yaml describes no hosts under hci", resolution="docs/how-to/describe-hosts.md shows how."
        )
    return chain


def standing_of(app: App) -> Standing:
    from retailops.hci.standing import Standing

    chain = described(app)
    return Standing(chain.hci, chain.chain.id, app.ports)


def refuse_broken(hosts: Hci) -> None:
    from retailops.hci.promises import broken

    if lines := list(broken(hosts)):
        raise GateNotMet(
            f"{len(lines)} of hci's promises can't be held",
            details="\n".join(lines),
            resolution="Change hci in fleet.yaml; `retailops hci plan --sizing-only` says when it holds.",
        )
