"""What must hold between one store, its format, its region and fleet.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from retailops.addressing import BLOCK_SIZE, slot_limits, zone_length
from retailops.model.chain import FleetFile, Flow
from retailops.model.faults import LAB_ONLY, Fault, repeated
from retailops.model.format_rules import format_faults
from retailops.model.formats import Format, Planes
from retailops.model.parsing import Loc
from retailops.model.stores import Device, Store
from retailops.model.values import nearest


@dataclass(frozen=True)
class Context:
    """What stores refer to, looked up once; `formats` lacks those whose file is wrong, `format_names` does not."""

    blocks: Mapping[str, frozenset[int]]
    carriers: frozenset[str]
    formats: Mapping[str, Format]
    format_names: frozenset[str]
    production: bool
    flows: tuple[Flow, ...] = ()

    @classmethod
    def of(cls, fleet: FleetFile, formats: Mapping[str, Format], format_names: Iterable[str]) -> Context:
        blocks = {region.id: frozenset(region.blocks) for region in fleet.regions}
        carriers = frozenset(carrier.id for carrier in fleet.carriers)
        return cls(
            blocks, carriers, formats, frozenset(format_names), fleet.environment == "production", fleet.wan.flows
        )


def store_faults(store: Store, context: Context) -> Iterator[Fault]:
    """Every fault of one store that needs no other store."""
    yield from _region(store, context)
    yield from _uplinks(store, context)
    if store.format not in context.format_names:
        yield ("format",), f"no format {store.format}{nearest(store.format, context.format_names)}"
    elif store.format in context.formats:
        form = context.formats[store.format]
        yield from _format(store, form)
        yield from _overrides(store, form, context)
        yield from _devices(store, form)


def _region(store: Store, context: Context) -> Iterator[Fault]:
    blocks = context.blocks.get(store.region)
    if blocks is None:
        yield ("region",), f"no region {store.region} in fleet.yaml{nearest(store.region, context.blocks)}"
    elif store.index // BLOCK_SIZE not in blocks:
        yield ("index",), f"{store.index} is outside the blocks of {store.region} ({block_ranges(blocks)})"


def block_ranges(blocks: Iterable[int]) -> str:
    """`0-1023, 2048-3071`."""
    return ", ".join(f"{block * BLOCK_SIZE}-{(block + 1) * BLOCK_SIZE - 1}" for block in sorted(blocks))


def _uplinks(store: Store, context: Context) -> Iterator[Fault]:
    for n, uplink in enumerate(store.uplinks):
        if uplink.carrier not in context.carriers:
            near = nearest(uplink.carrier, context.carriers)
            yield ("uplinks", n, "carrier"), f"no carrier {uplink.carrier} in fleet.yaml{near}"
        if uplink.login and context.production and uplink.login.startswith(("file:", "env:")):
            yield ("uplinks", n, "login"), LAB_ONLY
    yield from repeated(("uplinks",), "id", [uplink.id for uplink in store.uplinks])
    yield from repeated(("uplinks",), "plane", [uplink.plane for uplink in store.uplinks])


def _overrides(store: Store, form: Format, context: Context) -> Iterator[Fault]:
    """Workloads of its own, or another number of agents, must fit as well."""
    own = store.overrides
    if own.workloads is None and own.agents is None:
        return
    changed = {key: getattr(own, key) for key in ("workloads", "agents") if getattr(own, key) is not None}
    changed_form = form.model_copy(update={**changed, "planes": planes_of(store, form)})
    for loc, message in format_faults(changed_form, context.flows, context.production):
        yield ("overrides", *(loc if own.workloads is not None else ("agents",))), message


def _format(store: Store, form: Format) -> Iterator[Fault]:
    if len(store.uplinks) < form.min_uplinks and planes_of(store, form).wan != "absent":
        yield ("uplinks",), f"{len(store.uplinks)} of the {form.min_uplinks} that format {form.id} asks for"
    if store.addressing == "explicit" and (missing := [z for z in form.zones if z not in store.prefixes]):
        yield ("prefixes",), f"lacks zone {', '.join(missing)}"
    for zone, prefix in store.prefixes.items():
        if prefix.prefixlen > (24 if zone == "edge" else 28):
            yield ("prefixes", zone), f"{prefix} is too small for zone {zone}"
    known = {*box_names(store, form), *(device.id for device in store.devices)}
    for name in store.serials:
        if name not in known:
            yield ("serials", name), f"no box or device {name}{nearest(name, known)}"


def planes_of(store: Store, form: Format) -> Planes:
    """The format's planes with what the store says of them."""
    own = store.overrides.planes
    return (
        form.planes.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})
        if own
        else form.planes
    )


def box_names(store: Store, form: Format) -> tuple[str, ...]:
    """`gw1`, `edge1` ...: the boxes of the store."""
    agents = form.agents if store.overrides.agents is None else store.overrides.agents
    edges = (f"edge{n}" for n in range(1, form.servers + agents + 1))
    return (*(f"gw{n}" for n in range(1, form.gateways + 1)), *edges)


def _devices(store: Store, form: Format) -> Iterator[Fault]:
    devices = store.devices
    yield from repeated(("devices",), "id", [device.id for device in devices])
    yield from repeated(("devices",), "mac", [device.mac for device in devices])
    boxes = box_names(store, form)
    taken: set[tuple[str, int]] = set()
    for n, device in enumerate(devices):
        if device.id in boxes:
            yield ("devices", n, "id"), f"{device.id} is the name of a box"
        if device.zone not in form.zones:
            yield ("devices", n, "zone"), f"format {form.id} has no zone {device.zone}"
        elif device.slot is not None:
            if (device.zone, device.slot) in taken:
                yield ("devices", n, "slot"), f"{device.slot} of zone {device.zone} for the second time"
            taken.add((device.zone, device.slot))
            yield from _slot(store, device, ("devices", n, "slot"))


def _slot(store: Store, device: Device, loc: Loc) -> Iterator[Fault]:
    own = store.prefixes.get(device.zone)
    first, last = slot_limits(device.zone, own.prefixlen if own else zone_length(device.zone))
    if device.slot is not None and first <= last and not first <= device.slot <= last:
        yield loc, f"{device.slot} is outside {first}-{last}, the fixed addresses of zone {device.zone}"
