"""`retailops store show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option

if TYPE_CHECKING:
    from retailops.model import StoreDesign


@click.command()
@click.argument("store_id", metavar="ID")
@output_option
@pass_app
def show(app: App, console: Console, store_id: str) -> None:
    """Show the design of one store: every box, zone, tunnel and device with its addresses.

    Example: retailops store show hz0001
    """
    from retailops.model import load_design

    design = load_design(app.root, store_id)
    console.result(design.document())
    if not console.as_json:
        _show(console, design)


def _show(console: Console, design: StoreDesign) -> None:
    store, numbers = design.store, design.numbers
    console.line(f"{store.id}  {store.name}")
    console.line(
        f"{design.format.id} in {store.region}, index {store.index}, generation {store.generation}, AS {numbers.asn}"
    )
    console.line(f"opens {store.opens}, sells {'; '.join(store.hours)} ({store.timezone})")
    console.line()
    zones = design.zones.values()
    pools = (" - ".join(map(str, zone.dhcp)) if zone.dhcp else "-" for zone in zones)
    rows = ((zone.name, zone.prefix, zone.gateway, pool) for zone, pool in zip(zones, pools, strict=True))
    console.table(("ZONE", "PREFIX", "GATEWAY", "POOL"), rows)
    console.line()
    boxes = ((box.host, box.role, box.address, ", ".join(box.zones)) for box in design.boxes)
    console.table(("BOX", "ROLE", "ADDRESS", "ZONES"), boxes)
    console.line()
    tunnels = (
        (t.plane, t.uplink, t.gateway, t.address, f"{store.region}/{t.hub}", t.hub_address) for t in design.tunnels
    )
    console.table(("TUNNEL", "UPLINK", "ON", "ADDRESS", "HUB", "HUB ADDRESS"), tunnels)
    if design.devices:
        console.line()
        devices = ((d.host, d.kind, d.zone, d.mac, d.address or "from the pool") for d in design.devices)
        console.table(("DEVICE", "KIND", "ZONE", "MAC", "ADDRESS"), devices)
