"""The lab's network: the root namespace with its bridges, the providers, and the cables of machines."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from retailops.addressing import STORE_RANGES
from retailops.lab import spaces
from retailops.lab.topology import CENTRE, CENTRE_CONTROLLER, CENTRE_HUB, Cable, Machine, Topology, Wire

COMPUTER = "computer"
"""The root namespace's end of the veth to the computer; the computer's end has the root namespace's own name."""

_QUIET = {"ipv6/conf/all/disable_ipv6": "1", "ipv6/conf/default/disable_ipv6": "1"}
_MASK = "table inet lab"

_ISP_RULES = """
table inet lab {
    set cut_in { type ifname; }
    set cut_out { type ifname; }
    chain between {
        type filter hook forward priority filter; policy accept;
        iifname @cut_out counter drop
        oifname @cut_in counter drop
    }
}
"""


def ensure(topology: Topology) -> None:
    """Builds what is missing of root, providers and their bridges; what is there stays as it is."""
    ensure_root(topology)
    for isp in topology.isps:
        _ensure_isp(topology, isp)


def plug(machine: Machine) -> None:
    """A fresh namespace for a machine, with every cable in place: as if it had just been racked, before its power goes on."""
    spaces.remove(machine.space)
    for far in {wire.space for wire in machine.wires}:
        spaces.ip(far, (f"link del {wire.plug}" for wire in machine.wires if wire.space == far), force=True)
    spaces.ensure(machine.space)
    for far in {wire.space for wire in machine.wires}:
        commands = (line for wire in machine.wires if wire.space == far for line in _cable(machine, wire))
        spaces.ip(far, commands)
    spaces.ip(machine.space, _own(machine))


def plugged(machine: Machine) -> bool:
    """Whether the namespace and the far ends of all cables are there, on their bridges."""
    if not spaces.exists(machine.space):
        return False
    for far in {wire.space for wire in machine.wires}:
        if not spaces.exists(far):
            return False
        there = spaces.links(far)
        wires = (wire for wire in machine.wires if wire.space == far)
        if any(there.get(wire.plug, {}).get("master") != wire.bridge for wire in wires):
            return False
    return True


def reroute(machine: Machine) -> None:
    """A machine that runs gets the routes to what was built after it."""
    if plugged(machine):
        spaces.ip(machine.space, (line for wire in machine.wires for line in _routes(wire)))


def remove(topology_root: str) -> None:
    """Takes away every namespace of the lab and its link to the computer."""
    for space in sorted(spaces.of(topology_root), key=len, reverse=True):
        spaces.remove(space)
    spaces.ip(None, [f"link del {topology_root}"] if _on_computer(topology_root) else [], force=True)
    spaces.tidy()


def _on_computer(link: str) -> bool:
    return any(line.split(":")[1].strip().split("@")[0] == link for line in spaces.run("ip", "-o", "link").splitlines())


def ensure_root(topology: Topology) -> None:
    """The root namespace, its link to the computer and its bridges."""
    root = topology.root
    if spaces.ensure(root):
        spaces.sysctl(root, _QUIET)
    there = spaces.links(root)
    link = topology.computer_link
    if COMPUTER not in there or not _on_computer(root):
        spaces.ip(None, [f"link del {root}"] if _on_computer(root) else [], force=True)
        spaces.ip(None, [f"link add {root} type veth peer name {COMPUTER} netns {root}"])
        spaces.ip(None, [f"addr add {link[1]}/30 dev {root}", f"link set {root} up"])
    spaces.ip(root, (_bridge(name) for name in topology.bridges if name not in there))
    for cable in topology.cables:
        if cable.up not in there:
            spaces.ip(root, _rack(cable))
    spaces.ip(root, _root_settings(topology, link))


def _rack(cable: Cable) -> Iterator[str]:
    yield f"link add {cable.up} type veth peer name {cable.down}"
    yield f"link set {cable.up} master hci"
    yield f"link set {cable.down} master {cable.bridge}"
    yield from (f"link set {end} up" for end in (cable.up, cable.down))


def _root_settings(topology: Topology, link: IPv4Network) -> Iterator[str]:
    for name in ("lo", COMPUTER, *topology.bridges):
        yield f"link set {name} up"
    yield f"addr replace {link[2]}/30 dev {COMPUTER}"
    yield f"addr replace {topology.management[1]}/25 dev mgmt"
    for address in topology.controllers.values():
        yield f"addr replace {address}/32 dev mgmt"
    yield f"addr replace {CENTRE_CONTROLLER}/{CENTRE.prefixlen} dev centre"
    for network in STORE_RANGES:
        yield f"route replace {network} via {CENTRE_HUB} dev centre"


def _ensure_isp(topology: Topology, isp: str) -> None:
    space = topology.isp_space(isp)
    if spaces.ensure(space):
        spaces.sysctl(space, {**_QUIET, "ipv4/ip_forward": "1"})
    if _MASK not in nft(space, "list", "tables"):
        nft(space, "-f", "-", stdin=_ISP_RULES)
    there = spaces.links(space)
    segments = [segment for segment in topology.segments if segment.isp == isp]
    spaces.ip(space, (_bridge(name) for name in ("hub", *(s.name for s in segments)) if name not in there))
    spaces.ip(space, ["link set lo up", "link set hub up", f"addr replace {topology.hub_link(isp)[1]}/30 dev hub"])
    for segment in segments:
        spaces.ip(space, [f"link set {segment.name} up", f"addr replace {segment.network[1]}/24 dev {segment.name}"])
        if segment.name not in there:
            _limit(space, segment.name, segment.down_mbit)
    if segments:
        _limit(space, "hub", sum(segment.up_mbit for segment in segments))


def _limit(space: str, bridge: str, mbit: int) -> None:
    """A rate on what leaves by this bridge: a line's own towards its store, all lines' sum towards the hub."""
    rate = f"root tbf rate {mbit}mbit burst 256kb latency 50ms"
    spaces.run("tc", "-n", space, "qdisc", "replace", "dev", bridge, *rate.split())


def nft(space: str, *argv: str, stdin: str | None = None) -> str:
    """`nft` in a namespace of the lab; returns its output, raises ToolError."""
    return spaces.run("nsenter", f"--net={spaces.path(space)}", "nft", *argv, stdin=stdin)


def _bridge(name: str) -> str:
    return f"link add {name} type bridge stp_state 0 forward_delay 0 mcast_snooping 0"


def _cable(machine: Machine, wire: Wire) -> Iterator[str]:
    peer = f"peer name {wire.device} address {wire.mac} netns {machine.space}"
    yield f"link add {wire.plug} type veth {peer}"
    yield f"link set {wire.plug} master {wire.bridge}"
    yield f"link set {wire.plug} up"


def _own(machine: Machine) -> Iterator[str]:
    """What the lab itself gives: management everywhere, and at the centre the addresses that stood before any store."""
    yield "link set lo up"
    for wire in machine.wires:
        if wire.address:
            yield f"addr add {wire.address} dev {wire.device}"
        if wire.address or not machine.is_host:
            yield f"link set {wire.device} up"
        yield from _routes(wire)


def _routes(wire: Wire) -> Iterator[str]:
    for destination, via in wire.routes:
        yield f"route replace {destination} {f'via {via} ' if via else ''}dev {wire.device}"
