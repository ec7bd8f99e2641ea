"""What is on the hosts and in their storage cluster now, read through ports; nothing is decided here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from retailops.errors import ToolError, Unreachable
from retailops.hci.asking import at_once
from retailops.hci.status.disks import Found, Seen
from retailops.hci.wanted import HostWanted
from retailops.ports import Host, Json, Prober, Reading

PATIENCE = 60.0


@dataclass(frozen=True)
class HostFacts:
    """`files` path -> SHA-256 or None, `inactive` units; `silent` says why a host could not be asked."""

    files: Mapping[str, str | None] = field(default_factory=dict)
    inactive: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()
    silent: str = ""


@dataclass(frozen=True)
class GroundFacts:
    """`cluster` is what probe `ceph_state` answers, empty where no monitor is made yet or none answers."""

    hosts: Mapping[str, HostFacts]
    cluster: Mapping[str, Json]


def read_ground(prober: Prober, wanted: Iterable[HostWanted], hosts: Mapping[str, Host]) -> GroundFacts:
    """Asks all hosts at once; one that is silent is a fact, not an error."""
    boxes = {box.name: box for box in wanted}
    found = at_once(boxes, lambda name: _host(prober, boxes[name], hosts))
    return GroundFacts(found, cluster_state(prober, boxes.values(), hosts))


def cluster_state(
    prober: Prober, wanted: Iterable[HostWanted], hosts: Mapping[str, Host], watch: float = 0.0
) -> Mapping[str, Json]:
    """What the first monitor that answers says, and `monitor`, its host; empty where none is made or none answers.

    It answers once every placement group is clean, after `watch` seconds at the latest.
    """
    for box in wanted:
        if "monitors" not in box.groups or box.name not in hosts:
            continue
        try:
            asked = Reading("ceph_state", {"monitor": box.name, "watch": watch}, timeout=PATIENCE + watch)
            said = prober.read(hosts[box.name], asked)
        except ToolError:
            continue
        if said["made"]:
            return {**said, "monitor": box.name}
    return {}


def see_disks(prober: Prober, names: Collection[str], hosts: Mapping[str, Host], paths: Iterable[str]) -> Seen:
    """What each of the hosts has of the disks at `paths`, asked of all at once."""
    reading = Reading("disk_state", {"paths": sorted(paths)})

    def see(name: str) -> Found | None:
        if name not in hosts:
            return None
        try:
            return Found(**prober.read(hosts[name], reading))
        except Unreachable:
            return None

    return at_once(names, see)


def _host(prober: Prober, box: HostWanted, hosts: Mapping[str, Host]) -> HostFacts:
    if box.name not in hosts:
        return HostFacts(silent="is not among the hosts that are there")
    try:
        said = prober.read(
            hosts[box.name], Reading("node_state", {"files": sorted(box.files), "units": list(box.units)})
        )
    except Unreachable as error:
        return HostFacts(silent=error.message)
    inactive = tuple(unit for unit, state in said["units"].items() if state["active"] != "active")
    return HostFacts(said["files"], inactive, tuple(said["unsettled"]))
