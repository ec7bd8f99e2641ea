"""`retailops store new`."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, output_option
from retailops.errors import RetailopsError, UsageError

if TYPE_CHECKING:
    from retailops.model import Fleet

_LINES = (("a", "fibre", "A"), ("b", "cable", "B"), ("c", "lte", "C"))


@click.command()
@click.argument("store_id", metavar="ID")
@click.option("--region", required=True, help="An id of fleet.yaml's regions.")
@click.option("--format", "form", required=True, help="A file name of formats/.")
@click.option("--name", required=True, help="The store's name, in Chinese or in both languages' place.")
@click.option("--name-en", help="The name in English.")
@click.option("--opens", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day it opens.")
@click.option("--timezone", help="Else that of most stores in the region.")
@click.option("--hours", multiple=True, default=["daily 08:00-22:00"], show_default=True, help="When it sells.")
@click.option(
    "--maintenance", multiple=True, default=["tue,thu 02:00-05:00"], show_default=True, help="When it may be touched."
)
@click.option(
    "--uplink", "uplinks", multiple=True, metavar="ID:KIND:CARRIER:PLANE", help="A line; else what the format asks for."
)
@output_option
@pass_app
def new(app: App, /, console: Console, store_id: str, **given: Any) -> None:
    """Add a store: its file is written, with the lowest index of its region that is free.

    Example: retailops store new nb0001 --region east --format compact --name 宁波天一店 --opens 2027-03-01
    """
    from retailops.model import load_fleet
    from retailops.model.adding import one_writer

    with one_writer(app.root):
        fleet = load_fleet(app.root)
        path, index = _add(fleet, store_id, given, date.today())
    console.line(f"{path} is written: index {index}. Look at it: retailops store show {store_id}")
    console.result({"id": store_id, "path": path, "index": index})


def _add(fleet: Fleet, store_id: str, given: dict[str, Any], today: date) -> tuple[str, int]:
    from retailops.model.adding import clashes, store_path, typed
    from retailops.model.writing import store_text, write_whole

    if store_id in fleet.stores:
        raise UsageError(f"store {store_id} is there already", resolution=f"retailops store show {store_id}")
    document = _document(fleet, store_id, given, today)
    store, faults = typed(document, fleet)
    if store and not faults:
        faults = [message for _, message in clashes(fleet, {store_path(document): store}, today)]
    if faults:
        raise UsageError(f"{store_id!r} can't be a store of this chain", details="\n".join(faults))
    target = fleet.root / store_path(document)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, store_text(document))
    return store_path(document), document["index"]


def _document(fleet: Fleet, store_id: str, given: dict[str, Any], today: date) -> dict[str, Any]:
    index, generation = _free_index(fleet, given["region"], today)
    opens: datetime = given["opens"]
    return {
        "apiVersion": "retailops/v1",
        "kind": "Store",
        "id": store_id,
        "name": {"zh": given["name"], "en": given["name_en"]} if given["name_en"] else given["name"],
        "region": given["region"],
        "index": index,
        "generation": generation,
        "format": given["form"],
        "timezone": given["timezone"] or _usual_timezone(fleet, given["region"]),
        "hours": list(given["hours"]),
        "maintenance": list(given["maintenance"]),
        "opens": opens.date(),
        "uplinks": _uplinks(fleet, given["form"], given["uplinks"]),
    }


def _free_index(fleet: Fleet, region: str, today: date) -> tuple[int, int]:
    from retailops.model.indices import free_indices
    from retailops.model.values import nearest

    if region not in fleet.regions:
        raise UsageError(f"no region {region!r} in fleet.yaml{nearest(region, fleet.regions)}")
    free = next(free_indices(fleet.regions[region], fleet.stores.values(), today), None)
    if free is None:
        raise RetailopsError(f"no index of {region} is free", resolution="Give the region another block in fleet.yaml.")
    return free


def _usual_timezone(fleet: Fleet, region: str) -> str:
    zones = [store.timezone for store in fleet.stores.values() if store.region == region]
    if not zones:
        raise UsageError(
            f"{region} has no store to take the time zone from", resolution="Add --timezone, as Asia/Shanghai."
        )
    return max(sorted(set(zones)), key=zones.count)


def _uplinks(fleet: Fleet, form: str, given: tuple[str, ...]) -> list[dict[str, Any]]:
    if given:
        return [_uplink(text) for text in given]
    count = fleet.formats[form].min_uplinks if form in fleet.formats else 0
    carriers = list(fleet.carriers)
    if count > min(len(carriers), len(_LINES)):
        raise UsageError(f"format {form} asks for {count} lines", resolution="Name each with --uplink.")
    return [
        {"id": name, "kind": kind, "carrier": carriers[n], "plane": plane}
        for n, (name, kind, plane) in enumerate(_LINES[:count])
    ]


def _uplink(text: str) -> dict[str, Any]:
    parts = text.split(":")
    if len(parts) != 4:
        raise UsageError(f"--uplink {text!r} is not ID:KIND:CARRIER:PLANE", resolution="For example a:fibre:tianyi:A")
    return dict(zip(("id", "kind", "carrier", "plane"), parts, strict=True))
