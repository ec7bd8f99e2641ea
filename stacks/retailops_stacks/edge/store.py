"""Everything that one store's cluster holds from us: the tills, and the format's other workloads, each in a fenced namespace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

import pulumi
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.scheduling import v1 as scheduling

from retailops_stacks.edge.pods import Size
from retailops_stacks.edge.till import Seat, Till, TillArgs
from retailops_stacks.edge.workload import Workload, WorkloadArgs
from retailops_stacks.labels import Ownership
from retailops_stacks.namespaces import FencedNamespace, FencedNamespaceArgs
from retailops_stacks.settings import Settings

TILL, APPS = "till", "apps"
PRIORITY = ("retailops-till", 1_000_000)
Secret = Callable[[str], pulumi.Output[str] | None]
_CLOSED = {"services.loadbalancers": "0", "services.nodeports": "0"}


@dataclass(frozen=True)
class Room:
    """What all pods of the store may ask for together: CPU in thousandths, memory in MiB."""

    cpu: int
    memory: int


@dataclass(frozen=True)
class EdgeStoreArgs:
    """One store as its stack configuration gives it (`retailops.render.stack_config` writes that).

    `room` is None where the format does not say what a box has.
    """

    ownership: Ownership
    image: str
    centre: str
    centre_range: IPv4Network
    seats: tuple[Seat, ...]
    user: int
    pos: IPv4Network
    edge: IPv4Network
    till: Size
    workloads: tuple[WorkloadArgs, ...]
    room: Room | None


def edge_store_args(read: Settings) -> EdgeStoreArgs:
    """From the configuration values of namespace `edge`; raises `pulumi.RunError` naming a missing or odd one."""
    seats = read.each("tills", Seat)
    if not seats:
        raise read.fault("tills", "names no box to sell on")
    return EdgeStoreArgs(
        ownership=Ownership(read.text("store"), read.whole("generation"), read.text("owner"), read.text("costCentre")),
        image=read.text("image"),
        centre=read.text("centre"),
        centre_range=read.network("centreRange"),
        seats=seats,
        user=read.whole("user"),
        pos=read.network("posRange"),
        edge=read.network("edgeRange"),
        till=Size(read.whole("tillCpuMillis"), read.whole("tillCpuAsked"), read.whole("tillMemoryMib")),
        workloads=read.each("workloads", WorkloadArgs),
        room=read.one("room", Room),
    )


class EdgeStore(pulumi.ComponentResource):  # type: ignore[misc]
    """`outputs` are what the program exports: the namespaces, where the tills answer, which workloads run and which wait."""

    outputs: dict[str, Any]

    def __init__(self, args: EdgeStoreArgs, secret: Secret) -> None:
        super().__init__("retailops:edge:EdgeStore", args.ownership.store, {}, None)
        below = pulumi.ResourceOptions(parent=self)
        sales = FencedNamespace(TILL, _till_namespace(args), below)
        till = Till(TILL, _till(args, sales.name, _priority(args, below)), below)
        secrets = {item.id: {name: secret(f"{item.id}.{name}") for name in item.secrets} for item in args.workloads}
        waiting = {item.id: lacks for item in args.workloads if (lacks := _lacks(item, secrets[item.id]))}
        namespaces, ready = [sales.name], [item for item in args.workloads if item.id not in waiting]
        if args.workloads:
            space = FencedNamespace(APPS, _apps_namespace(args), below)
            namespaces.append(space.name)
            for item in ready:
                labels = args.ownership.labels(item.data_class, app=item.id)
                values = {name: value for name, value in secrets[item.id].items() if value is not None}
                Workload(item, args.ownership.store, values, labels, space.name, below)
        self.outputs = {
            "namespaces": namespaces,
            "image": till.image,
            "addresses": till.addresses,
            "workloads": [item.id for item in ready],
            "waiting": waiting,
        }
        self.register_outputs(self.outputs)


def edge_store(config: pulumi.Config) -> EdgeStore:
    """The store that the configuration describes."""
    return EdgeStore(edge_store_args(Settings("edge", config.get)), config.get_secret)


def _lacks(item: WorkloadArgs, secrets: Mapping[str, pulumi.Output[str] | None]) -> str:
    missing = [f"the secret {name}" for name, value in secrets.items() if value is None]
    return " and ".join([*([] if item.image else ["an image"]), *missing])


def _priority(args: EdgeStoreArgs, below: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """When a box is short of memory or room, everything else goes first."""
    name, value = PRIORITY
    labels = args.ownership.labels("operations")
    made = scheduling.PriorityClass(
        name,
        metadata=meta.ObjectMetaArgs(name=name, labels=labels),
        value=value,
        description="A store that can't sell is closed",
        opts=below,
    )
    return made.metadata.name


def _till_namespace(args: EdgeStoreArgs) -> FencedNamespaceArgs:
    """Room for one till more than there are; the box's disk and port need the security level `privileged`."""
    count = len(args.seats)
    quota = {
        "limits.cpu": f"{args.till.cpu * (count + 1)}m",
        "limits.memory": f"{args.till.memory * (count + 1)}Mi",
        "pods": str(count + 3),
        **_CLOSED,
    }
    return FencedNamespaceArgs(args.ownership.labels("sales"), quota, security="privileged")


def _apps_namespace(args: EdgeStoreArgs) -> FencedNamespaceArgs:
    """What the boxes have beside the tills, or the workloads' own sum; a port of the box needs the level `privileged`."""
    asked = Room(
        sum(item.cpu_asked * (item.replicas + 1) for item in args.workloads),
        sum(item.memory * (item.replicas + 1) for item in args.workloads),
    )
    count = len(args.seats)
    room = args.room and Room(args.room.cpu - args.till.cpu_asked * count, args.room.memory - args.till.memory * count)
    quota = {
        "requests.cpu": f"{(room or asked).cpu}m",
        "requests.memory": f"{(room or asked).memory}Mi",
        "limits.memory": f"{(room or asked).memory}Mi",
        "pods": str(sum(item.replicas + 1 for item in args.workloads) + 2),
        **_CLOSED,
    }
    exposed = any(item.callers for item in args.workloads)
    level = "privileged" if exposed else "restricted"
    return FencedNamespaceArgs(args.ownership.labels("operations"), quota, security=level)


def _till(args: EdgeStoreArgs, namespace: pulumi.Output[str], priority: pulumi.Output[str]) -> TillArgs:
    return TillArgs(
        store=args.ownership.store,
        generation=args.ownership.generation,
        image=args.image,
        centre=args.centre,
        seats=args.seats,
        user=args.user,
        size=args.till,
        sellers=(args.pos, args.edge),
        centre_range=args.centre_range,
        labels=args.ownership.labels("sales", app=TILL),
        namespace=namespace,
        priority=priority,
    )
