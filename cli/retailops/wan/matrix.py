"""The zone matrix: what each zone, the centre and the internet reach of a store, tried from there and compared with the policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from retailops.model import StoreDesign
from retailops.ports import Host, Json, Reading
from retailops.render.zones import Protocol, allowed, permissions
from retailops.run.stage import Context
from retailops.wan.paths import gateway_state

SILENCE, ANSWER = 1.2, 6.0
"""Seconds to wait where silence is right, and where an answer is; a gateway needs 3 s to say that a host is not there."""
OFFSET_OF_HQ = 10
_DOORS = {22, 80, 443, 6443, 8080, 10250}
_READY = 30.0


@dataclass(frozen=True)
class Trial:
    """From `source` to a place, and whether the policy permits it."""

    source: str
    target: str
    address: str
    protocol: Protocol
    port: int | None
    permitted: bool

    @property
    def id(self) -> str:
        return f"{self.source} {self.target} {self.address} {self.protocol} {self.port or '-'}"


def trials(design: StoreDesign, source: str, internet: str | None) -> Iterator[Trial]:
    """All that is tried from a zone or `centre`; `internet` is an address beyond the store's line."""
    for target, address in _targets(design, source, internet):
        for protocol, port in _doors(design, target):
            permitted = allowed(design, source, target, protocol, port)
            yield Trial(source, target, address, protocol, port, permitted and not _other_side(design, source, address))


def outside_trials(addresses: Sequence[str]) -> Iterator[Trial]:
    """From the internet to the gateway's own addresses there: nothing answers."""
    for address in addresses:
        for port in sorted({22, 53, 179, *_DOORS}):
            yield Trial("internet", "gateway", address, "tcp", port, False)
        yield Trial("internet", "gateway", address, "icmp", None, False)


def measure_zones(context: Context) -> dict[str, Json]:
    """Every trial from every place that something can be tried from; the wrong ones are named one by one."""
    state = gateway_state(context)
    leases = [lease for lease in state["uplinks"].values() if lease["gateway"]]
    internet = leases[0]["gateway"] if leases else None
    sources = _sources(context)
    wanted = {name: list(trials(context.design, name, internet)) for name in sources}
    outside = next((host for host in context.site.hosts if host.role == "hub"), None)
    if outside is not None:
        sources["internet"] = outside
        wanted["internet"] = list(outside_trials([lease["address"] for lease in leases if lease["address"]]))
    with ThreadPoolExecutor(len(sources)) as pool:
        seen = list(pool.map(lambda name: _tried(context, sources[name], wanted[name]), sources))
    results = [
        (trial, answers[trial.id]) for answers, name in zip(seen, sources, strict=True) for trial in wanted[name]
    ]
    return {
        "from": {name: host.name for name, host in sources.items()},
        "tried": len(results),
        "permitted": sum(trial.permitted for trial, _ in results),
        "wrong": [f"{trial.id}: {answer}" for trial, answer in results if wrong(trial, answer)],
        "table": _table(results),
        "not_tried_from": sorted(set(context.design.zones) - set(sources)),
    }


def judge_zones(measured: Mapping[str, Any]) -> bool:
    """Nothing was wrong, and it was tried from the internet, the centre and at least pos and guest, if there is such a zone."""
    return measured["tried"] > 0 and not measured["wrong"] and {"internet", "centre", "pos"} <= set(measured["from"])


def wrong(trial: Trial, answer: str) -> bool:
    """Silence is the only right answer where nothing is permitted; a device without a network proves nothing."""
    return answer == "no network" or (answer == "filtered") == trial.permitted


def _targets(design: StoreDesign, source: str, internet: str | None) -> Iterator[tuple[str, str]]:
    for name, zone in design.zones.items():
        yield "gateway", str(zone.gateway)
        if name != source:
            yield name, _somebody(design, name)
    if source != "centre":
        yield "centre", centre_address(design)
        if internet:
            yield "internet", internet


def centre_address(design: StoreDesign) -> str:
    """The centre's service host."""
    return str(design.wan.centre[0][OFFSET_OF_HQ])


def _somebody(design: StoreDesign, zone: str) -> str:
    known = [str(device.address) for device in design.devices if device.zone == zone and device.address]
    boxes = [str(box.address) for box in design.boxes if zone == "edge" and box.role != "gateway"]
    return (boxes or known or [str(design.zones[zone].prefix[20])])[0]


def _doors(design: StoreDesign, target: str) -> Iterator[tuple[Protocol, int | None]]:
    used = {
        port for each in permissions(design) if each.target == target and each.protocol == "tcp" for port in each.ports
    }
    for port in sorted(used | _DOORS):
        yield "tcp", port
    if target == "gateway":
        yield "udp", 53
        yield "udp", 123
    if target != "internet":
        yield "icmp", None


def _other_side(design: StoreDesign, source: str, address: str) -> bool:
    """The gateway answers a zone on its address in that zone only, and the centre on its address in zone edge."""
    own = design.zones["edge" if source == "centre" else source].gateway
    return address in {str(zone.gateway) for zone in design.zones.values()} - {str(own)}


def _sources(context: Context) -> dict[str, Host]:
    devices = {host.zone: host for host in context.site.hosts if host.role == "device" and host.zone}
    found = {zone: devices[zone] for zone in context.design.zones if zone in devices}
    centre = next((host for host in context.site.hosts if host.role == "centre"), None)
    return found | ({"centre": centre} if centre else {})


def _tried(context: Context, host: Host, wanted: Sequence[Trial]) -> dict[str, str]:
    _wait_for_network(context, host)
    checks = [
        {
            "id": trial.id,
            "protocol": trial.protocol,
            "address": trial.address,
            "port": trial.port,
            "timeout": ANSWER if trial.permitted else SILENCE,
        }
        for trial in wanted
    ]
    return context.ports.prober.read(host, Reading("passage", {"checks": checks}, timeout=60.0))


def _wait_for_network(context: Context, host: Host) -> None:
    """A device may still be asking for its lease."""
    if host.zone is None:
        return
    gateway = str(context.design.zones[host.zone].gateway)
    check = {"id": "up", "protocol": "icmp", "address": gateway, "timeout": 1.0}
    clock = context.ports.clock
    begun = clock.monotonic()
    while clock.monotonic() - begun < _READY:
        if context.ports.prober.read(host, Reading("passage", {"checks": [check]}))["up"] == "open":
            return
        clock.sleep(0.5)


def _table(results: Sequence[tuple[Trial, str]]) -> list[dict[str, Json]]:
    """What a person reads: for each pair of places the doors that are open, and how many are shut."""
    pairs: dict[tuple[str, str], dict[str, Any]] = {}
    for trial, answer in results:
        row = pairs.setdefault((trial.source, trial.target), {"open": [], "shut": 0})
        if answer == "filtered":
            row["shut"] += 1
        else:
            row["open"].append(f"{trial.protocol}/{trial.port}" if trial.port else trial.protocol)
    return [
        {"from": source, "to": target, "open": sorted(set(row["open"])), "shut": row["shut"]}
        for (source, target), row in pairs.items()
    ]
