"""Where data may live: every thing of a cloud has a data class, and each class its regions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from retailops.model.chain import FleetFile
from retailops.model.clouds import PRIVATE_ONLY, Cloud
from retailops.model.faults import Fault
from retailops.model.parsing import Loc
from retailops.model.values import DATA_CLASSES, DataClass, nearest


@dataclass(frozen=True)
class Placed:
    """A thing of a cloud that holds data, and its field within that cloud."""

    thing: str
    data_class: DataClass
    loc: Loc


def placed(cloud: Cloud) -> Iterator[Placed]:
    """Everything of a cloud that holds data."""
    for n, service in enumerate(cloud.services):
        yield Placed(f"service {service.id}", service.data_class, ("services", n, "dataClass"))
    for n, team in enumerate(cloud.teams):
        yield Placed(f"team {team.id}", team.data_class, ("teams", n, "dataClass"))
    for n, bucket in enumerate(cloud.buckets):
        yield Placed(f"bucket {bucket.id}", bucket.data_class, ("buckets", n, "dataClass"))
    if cloud.node_pool:
        yield Placed("the cluster", "operations", ("nodePool",))
    if cloud.database:
        yield Placed("the database", cloud.database.data_class, ("database", "dataClass"))
    if cloud.front:
        yield Placed("the front", cloud.front.data_class, ("front", "dataClass"))


def may_live(chain: FleetFile, data_class: DataClass, cloud: Cloud) -> bool:
    """Whether data of a class may be in a cloud: in a private one always, in a public one where its region is declared."""
    if cloud.kind == "private":
        return True
    return cloud.region in allowed_regions(chain, data_class)


def allowed_regions(chain: FleetFile, data_class: DataClass) -> tuple[str, ...]:
    """The public regions in which data of a class may be; none for what no declaration lets out."""
    return () if data_class in PRIVATE_ONLY else chain.placement.regions(data_class)


def placement_faults(chain: FleetFile) -> Iterator[Fault]:
    """Declarations that contradict, and things that stand where their data may not be."""
    yield from _declared(chain)
    for n, cloud in enumerate(chain.clouds):
        for item in placed(cloud):
            if not may_live(chain, item.data_class, cloud):
                where = ", ".join(allowed_regions(chain, item.data_class)) or "the private side"
                message = f"{item.thing} holds {item.data_class} data, which may not be in {cloud.region or cloud.id}"
                yield ("clouds", n, *item.loc), f"{message}: placement allows {where} only"


def _declared(chain: FleetFile) -> Iterator[Fault]:
    known = [cloud.region for cloud in chain.clouds if cloud.kind == "public" and cloud.region]
    for data_class in DATA_CLASSES:
        for m, region in enumerate(chain.placement.regions(data_class)):
            loc: Loc = ("placement", data_class, m)
            if data_class in PRIVATE_ONLY:
                yield loc, f"{data_class} data never leaves the private side: leave the list empty"
            elif region not in known:
                yield loc, f"no public cloud is in region {region}{nearest(region, known)}"
