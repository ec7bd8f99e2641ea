"""What must hold within fleet.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from retailops.addressing import CENTRE_RANGE, RESERVED
from retailops.model.chain import FleetFile
from retailops.model.cloud_rules import cloud_faults, cloud_warnings
from retailops.model.faults import LAB_ONLY, Fault, repeated
from retailops.model.hosts_rules import host_faults
from retailops.model.parsing import Loc
from retailops.model.rollout_rules import rollout_faults
from retailops.model.values import nearest

Claim = tuple[IPv4Network, str, Loc]
"""A range, whose it is, and the field of fleet.yaml that says so; no field for the design's own."""


def fleet_faults(fleet: FleetFile) -> Iterator[Fault]:
    """Every fault that needs fleet.yaml only."""
    yield from repeated(("regions",), "id", [region.id for region in fleet.regions])
    yield from repeated(("carriers",), "id", [carrier.id for carrier in fleet.carriers])
    yield from repeated(("clouds",), "id", [cloud.id for cloud in fleet.clouds])
    yield from _blocks(fleet)
    yield from cloud_faults(fleet)
    yield from host_faults(fleet)
    for kind in ("national", "promotions"):
        yield from repeated(("calendars", kind), "id", [period.id for period in getattr(fleet.calendars, kind)])
    yield from _forecasts(fleet)
    yield from rollout_faults(fleet)
    yield from _overlaps(fleet)
    if fleet.environment == "production":
        yield from _production(fleet)


def _forecasts(fleet: FleetFile) -> Iterator[Fault]:
    known = [cloud.id for cloud in fleet.clouds if cloud.kind == "public"]
    for place, promotion in enumerate(fleet.calendars.promotions):
        if promotion.forecast and promotion.forecast.cloud not in known:
            loc: Loc = ("calendars", "promotions", place, "forecast", "cloud")
            yield loc, f"{promotion.forecast.cloud} is no public cloud{nearest(promotion.forecast.cloud, known)}"


def _blocks(fleet: FleetFile) -> Iterator[Fault]:
    owners: dict[int, str] = {}
    for n, region in enumerate(fleet.regions):
        yield from repeated(("regions", n, "hubs"), "id", [hub.id for hub in region.hubs])
        for m, block in enumerate(region.blocks):
            if block in owners:
                yield ("regions", n, "blocks", m), f"block {block} belongs to {owners[block]}"
            owners.setdefault(block, region.id)


def claims(fleet: FleetFile) -> list[Claim]:
    """Every range that somebody holds, without the stores that bring their own."""
    found: list[Claim] = [(network, name, ()) for name, network in RESERVED]
    found += [(prefix, "the centre", ("wan", "centre", n)) for n, prefix in enumerate(fleet.wan.centre)]
    for n, cloud in enumerate(fleet.clouds):
        found += [(p, f"cloud {cloud.id}", ("clouds", n, "prefixes", name)) for name, p in cloud.prefixes.items()]
    for site, owner in (("hci", "HCI"), ("recovery", "the recovery site")):
        found += [(p, owner, (site, "prefixes", name)) for name, p in getattr(fleet, site).prefixes.items()]
    found += [(z.prefix, f"HCI zone {z.id}", ("hci", "zones", n, "prefix")) for n, z in enumerate(fleet.hci.zones)]
    bridges = enumerate(fleet.container_bridges)
    return found + [(prefix, "a container bridge", ("containerBridges", n)) for n, prefix in bridges]


def _overlaps(fleet: FleetFile) -> Iterator[Fault]:
    held = claims(fleet)
    for n, (prefix, _, loc) in enumerate(held):
        for other, owner, _ in held[:n]:
            if loc and prefix.overlaps(other):
                yield loc, f"{prefix} overlaps {other} of {owner}"


def fleet_warnings(fleet: FleetFile) -> Iterator[Fault]:
    """Ranges of the centre that stores can't tell from the internet by DESIGN section 4's one range; services that wait."""
    for prefix, owner, loc in claims(fleet):
        if loc and loc[0] != "containerBridges" and not prefix.subnet_of(CENTRE_RANGE):
            yield loc, f"{prefix} of {owner} is outside {CENTRE_RANGE}, where the centre, clouds and HCI belong"
    yield from cloud_warnings(fleet)


def _production(fleet: FleetFile) -> Iterator[Fault]:
    for name in type(fleet.engines).model_fields:
        engine = getattr(fleet.engines, name)
        if engine is None:
            yield ("engines",), f"production names its engine for {name}, with version and digest"
        elif engine.digest is None:
            yield ("engines", name), "production names the engine's digest (sha256:...)"
    secrets: list[tuple[Loc, str | None]] = [
        (("state", "database"), fleet.state.database),
        (("state", "passphrase"), fleet.state.passphrase),
        (("trust", "signingKey"), fleet.trust.signing_key),
        *((("clouds", n, "credentials"), cloud.credentials) for n, cloud in enumerate(fleet.clouds)),
        *(
            (("clouds", n, "services", m, "password"), service.password)
            for n, cloud in enumerate(fleet.clouds)
            for m, service in enumerate(cloud.services)
        ),
    ]
    for loc, reference in secrets:
        if reference and reference.startswith(("file:", "env:")):
            yield loc, LAB_ONLY
