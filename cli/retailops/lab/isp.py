"""A provider: the DHCP server of a line, and which lines are cut, kept in nftables sets of its namespace."""

from __future__ import annotations

import json

from retailops.errors import UsageError
from retailops.lab import network, spaces
from retailops.lab.topology import Segment, Topology
from retailops.ports import Direction

_SETS: dict[str, tuple[str, ...]] = {"both": ("cut_in", "cut_out"), "in": ("cut_in",), "out": ("cut_out",)}


def server(topology: Topology, segment: Segment) -> tuple[list[str], dict[str, str]]:
    """The argv of the line's DHCP server, from the base image: one lease, the tenth address, for the store's gateway."""
    wire = next(
        wire
        for machine in topology.hosts
        if machine.store == segment.store
        for wire in machine.wires
        if wire.network == f"uplink:{segment.uplink}"
    )
    net = segment.network
    argv = ["nsenter", f"--net={spaces.path(segment.space)}", "chroot", topology.record.base, "/usr/sbin/dnsmasq"]
    argv += ["--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root", "--pid-file="]
    argv += ["--log-facility=-", "--leasefile-ro", "--dhcp-authoritative", "--no-ping", "--bind-interfaces"]
    argv += [f"--interface={segment.name}", f"--dhcp-range={net[10]},{net[99]},1h"]
    argv += [f"--dhcp-host={wire.mac},{net[10]}", f"--dhcp-option=3,{net[1]}", "--dhcp-option=6"]
    return argv, {}


def segment(topology: Topology, store: str, uplink: str) -> Segment:
    """The store's line; UsageError with the lines there are."""
    for each in topology.segments:
        if (each.store, each.uplink) == (store, uplink):
            return each
    lines = ", ".join(f"{each.store}/{each.uplink}" for each in topology.segments)
    raise UsageError(f"the lab has no line {store}/{uplink}", resolution=f"Its lines: {lines}")


def cut(line: Segment, direction: Direction) -> None:
    """Drops what the provider forwards `in` to the store, `out` of it, or both; replaces an earlier cut in one transaction."""
    wanted = _SETS[direction]
    commands = [_change("add", name, line.name) for name in ("cut_in", "cut_out")]
    commands += [_change("delete", name, line.name) for name in ("cut_in", "cut_out") if name not in wanted]
    network.nft(line.space, "-f", "-", stdin="\n".join(commands) + "\n")


def heal(line: Segment) -> None:
    """Forwards again; nothing happens to a line that is up."""
    commands = [_change(act, name, line.name) for act in ("add", "delete") for name in ("cut_in", "cut_out")]
    network.nft(line.space, "-f", "-", stdin="\n".join(commands) + "\n")


def state(line: Segment) -> str:
    """`up`, or the direction that is cut: `both`, `in`, `out`; `gone` where the provider isn't there."""
    if not spaces.exists(line.space):
        return "gone"
    there = tuple(name for name in ("cut_in", "cut_out") if line.name in _members(line.space, name))
    return next((direction for direction, sets in _SETS.items() if sets == there), "up")


def _change(act: str, name: str, element: str) -> str:
    return f'{act} element inet lab {name} {{ "{element}" }}'


def _members(space: str, name: str) -> list[str]:
    listing = json.loads(network.nft(space, "-j", "list", "set", "inet", "lab", name))
    found = next(item["set"] for item in listing["nftables"] if "set" in item)
    return [str(element) for element in found.get("elem", [])]
