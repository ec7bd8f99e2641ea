"""What must hold within the clouds of fleet.yaml."""

from __future__ import annotations

from collections.abc import Iterator

from retailops.model.chain import FleetFile
from retailops.model.clouds import PLACES_ONLY, Cloud
from retailops.model.faults import Fault, repeated
from retailops.model.parsing import Loc
from retailops.model.placement import placement_faults
from retailops.model.values import nearest

MIN_ZONES = 2
PUBLIC_PREFIXES = ("nodes", "pods", "services")
RESERVED_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


def cloud_faults(chain: FleetFile) -> Iterator[Fault]:
    """Every fault of the clouds, where data may live included."""
    for n, cloud in enumerate(chain.clouds):
        here: Loc = ("clouds", n)
        for kind in ("services", "teams", "buckets"):
            yield from repeated((*here, kind), "id", [item.id for item in getattr(cloud, kind)])
        yield from ((here + loc, message) for loc, message in _names(cloud))
        yield from ((here + loc, message) for loc, message in _centre(chain, cloud))
        if cloud.has_stack:
            yield from ((here + loc, message) for loc, message in _described(cloud))
            if chain.environment == "production" and cloud.budget is None:
                yield here, "lacks budget: production says what a month may cost"
    yield from _together(chain)
    yield from placement_faults(chain)


def _together(chain: FleetFile) -> Iterator[Fault]:
    """The clouds' budgets come to no more than the fleet's, where it has one."""
    if chain.budget is None:
        return
    budgets = [(n, cloud.budget) for n, cloud in enumerate(chain.clouds) if cloud.budget]
    for n, budget in budgets:
        if budget.currency != chain.budget.currency:
            yield ("clouds", n, "budget"), f"is in {budget.currency}; the fleet's budget is in {chain.budget.currency}"
    total = sum(budget.monthly for _, budget in budgets if budget.currency == chain.budget.currency)
    if total > chain.budget.monthly:
        yield ("budget", "monthly"), f"is {chain.budget.monthly}, and the clouds' budgets come to {total}"


def _centre(chain: FleetFile, cloud: Cloud) -> Iterator[Fault]:
    known = [each.id for each in chain.clouds if each.kind == "private" and each.has_stack]
    if cloud.centre and cloud.kind == "private":
        yield ("centre",), "is for a public cloud: two stacks that read each other could never begin"
    elif cloud.centre and cloud.centre not in known:
        yield ("centre",), f"{cloud.centre} is no private cloud with a stack{nearest(cloud.centre, known)}"


def _names(cloud: Cloud) -> Iterator[Fault]:
    taken = {service.id for service in cloud.services}
    for n, team in enumerate(cloud.teams):
        if team.id in taken or team.id in RESERVED_NAMESPACES:
            yield ("teams", n, "id"), f"{team.id} is the namespace of something else"


def _described(cloud: Cloud) -> Iterator[Fault]:
    for key, value in (("owner", cloud.owner), ("costCentre", cloud.cost_centre)):
        if not value:
            yield (), f"lacks {key}, which everything of its stack is labelled with"
    if cloud.kind == "private":
        for key, foreign in (("buckets", cloud.buckets), ("database", cloud.database), ("front", cloud.front)):
            if foreign:
                yield (key,), "is for a public cloud; a private one has services and teams"
        return
    for key, wrong in (("services", cloud.services), ("teams", cloud.teams)):
        if wrong:
            yield (key,), "is for a private cloud"
    if not cloud.region:
        yield (), "lacks region, without which nobody can say where its data is"
    if len(cloud.zones) < MIN_ZONES:
        yield ("zones",), f"has {len(cloud.zones)} entries, should have at least {MIN_ZONES}: one zone may fail"
    if not cloud.node_pool:
        yield (), "lacks nodePool"
    if missing := [key for key in PUBLIC_PREFIXES if key not in cloud.prefixes]:
        yield ("prefixes",), f"lacks {', '.join(missing)}"


def cloud_warnings(chain: FleetFile) -> Iterator[Fault]:
    """Services of a production chain that have a place and nothing to run there."""
    for n, cloud in enumerate(chain.clouds if chain.environment == "production" else ()):
        for m, service in enumerate(cloud.services):
            if service.image is None and service.id not in PLACES_ONLY:
                yield ("clouds", n, "services", m), f"{service.id} lacks image: it gets its place and waits there"
