"""What must hold between a format's workloads, its boxes and the zones' flows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from retailops.model.chain import Flow
from retailops.model.faults import LAB_ONLY, Fault, repeated
from retailops.model.formats import Format
from retailops.model.parsing import Loc
from retailops.model.values import nearest
from retailops.model.workloads import TILL, Workload

TAKEN: Mapping[int, str] = {
    6443: "of the cluster's API",
    8080: "of the till",
    10250: "of the kubelet",
}
"""TCP ports of a box that no workload can have."""


@dataclass(frozen=True)
class Room:
    """CPU in thousandths, memory in MiB."""

    cpu: int
    memory: int

    def less(self, cpu: int, memory: int) -> Room:
        return Room(self.cpu - cpu, self.memory - memory)

    def holds(self, cpu: int, memory: int) -> bool:
        return self.cpu >= cpu and self.memory >= memory


SERVER_KEEPS, AGENT_KEEPS, GATEWAY_KEEPS = Room(500, 1024), Room(200, 512), Room(300, 512)
"""What a box needs for the cluster itself, and a kiosk's one for being the gateway as well."""


def rooms(form: Format) -> tuple[Room, ...]:
    """What workloads may ask of each box, servers first; empty where the format does not say what a box has."""
    if form.node is None or form.planes.edge == "absent":
        return ()
    whole = Room(form.node.cpus * 1000, form.node.memory_mib)
    server = whole.less(SERVER_KEEPS.cpu, SERVER_KEEPS.memory)
    if form.combined:
        return (server.less(GATEWAY_KEEPS.cpu, GATEWAY_KEEPS.memory),)
    agent = whole.less(AGENT_KEEPS.cpu, AGENT_KEEPS.memory)
    return (*[server] * form.servers, *[agent] * form.agents)


def format_faults(form: Format, flows: tuple[Flow, ...] | None, production: bool) -> Iterator[Fault]:
    """Every fault of one format's workloads; `flows` are fleet.yaml's, None where that file is wrong."""
    yield from repeated(("workloads",), "id", [workload.id for workload in form.workloads])
    if form.planes.edge == "absent":
        return
    if production:
        yield from _references(form)
    yield from _ports(form)
    yield from _zones(form)
    if flows is not None and form.planes.wan == "managed":
        yield from _flows(form, flows)
    counts = list(_counts(form))
    yield from counts
    if not counts:
        yield from _fit(form)


def format_warnings(form: Format) -> Iterator[Fault]:
    """A format whose workloads nobody can say to fit."""
    if form.workloads and form.node is None and form.planes.edge != "absent":
        yield ("workloads",), "lacks node (cpus, memoryMib of a box), without which nobody knows whether these fit"


def _references(form: Format) -> Iterator[Fault]:
    for n, workload in enumerate(form.workloads):
        for name, reference in workload.secrets.items():
            if reference.startswith(("file:", "env:")):
                yield ("workloads", n, "secrets", name), LAB_ONLY


def _counts(form: Format) -> Iterator[Fault]:
    servers = 1 if form.combined else form.servers
    boxes = servers + form.agents
    for n, workload in enumerate(form.workloads):
        loc: Loc = ("workloads", n, "replicas")
        if workload.id == TILL and workload.replicas > servers:
            yield loc, f"{workload.replicas} need a server for each till's journal: format {form.id} has {servers}"
        elif workload.callers and workload.replicas > boxes:
            yield loc, f"{workload.replicas} need a box for each replica's ports: format {form.id} has {boxes}"


def _ports(form: Format) -> Iterator[Fault]:
    taken = dict(TAKEN)
    for n, workload in enumerate(form.workloads):
        for m, port in enumerate(workload.ports):
            if workload.callers and port in taken:
                yield ("workloads", n, "ports", m), f"{port} is {taken[port]}"
            if workload.callers:
                taken.setdefault(port, f"of {workload.id}")


def _zones(form: Format) -> Iterator[Fault]:
    known = {*form.zones, "centre", "internet"}
    for n, workload in enumerate(form.workloads):
        named = [(("callers", m), zone) for m, zone in enumerate(workload.callers)]
        named += [(("reaches", m, "to"), reach.to) for m, reach in enumerate(workload.reaches)]  # type: ignore[misc]
        for loc, zone in named:
            if zone not in known:
                yield ("workloads", n, *loc), f"format {form.id} has no zone {zone}{nearest(zone, known)}"


def _flows(form: Format, flows: tuple[Flow, ...]) -> Iterator[Fault]:
    """A workload stands in zone edge: what the gateway drops, no declaration here brings through."""
    for n, workload in enumerate(form.workloads):
        for m, caller in enumerate(workload.callers):
            for port in workload.ports:
                if caller != "edge" and not _let(flows, caller, "edge", "tcp", port):
                    yield ("workloads", n, "callers", m), _missing(caller, "edge", "tcp", port)
        for m, reach in enumerate(workload.reaches):
            for k, port in enumerate(reach.ports):
                if reach.to != "edge" and not _let(flows, "edge", reach.to, reach.protocol, port):
                    yield ("workloads", n, "reaches", m, "ports", k), _missing("edge", reach.to, reach.protocol, port)


def _let(flows: tuple[Flow, ...], source: str, target: str, protocol: str, port: int) -> bool:
    wanted = (source, target, protocol)
    return any((flow.source, flow.target, flow.protocol) == wanted and port in flow.ports for flow in flows)


def _missing(source: str, target: str, protocol: str, port: int) -> str:
    return f"no flow of fleet.yaml (wan: flows) lets {source} reach {target} on {protocol} {port}"


def _fit(form: Format) -> Iterator[Fault]:
    """Tills stand on the first servers; then the largest first, each wherever it finds room."""
    left = list(rooms(form))
    if not left:
        return
    order = sorted(enumerate(form.workloads), key=lambda item: (item[1].id != TILL, -item[1].memory_mib))
    if TILL not in (workload.id for workload in form.workloads):
        left[0] = left[0].less(*Workload(id=TILL).asks)
    for n, workload in order:
        cpu, memory = workload.asks
        used: set[int] = set()
        for replica in range(workload.replicas):
            places = [replica] if workload.id == TILL else range(len(left))
            free = [k for k in places if left[k].holds(cpu, memory) and not (workload.callers and k in used)]
            if not free:
                yield ("workloads", n), _no_room(workload, replica + 1, max(left, key=lambda room: room.memory))
                break
            used.add(free[0])
            left[free[0]] = left[free[0]].less(cpu, memory)


def _no_room(workload: Workload, replica: int, most: Room) -> str:
    cpu, memory = workload.asks
    asked = f"replica {replica} of {workload.id} asks for {cpu}m of CPU and {memory} MiB"
    return f"{asked}; beside the others and the cluster itself no box has that (the roomiest: {most.cpu}m, {most.memory} MiB)"
