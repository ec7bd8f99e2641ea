"""Everything that one store's cluster holds from us: two fenced namespaces and the till."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi

from retailops_stacks.labels import Ownership
from retailops_stacks.namespaces import FencedNamespace, FencedNamespaceArgs
from retailops_stacks.till import Till, TillArgs

TILL, PLATFORM = "till", "platform"


@dataclass(frozen=True)
class EdgeStoreArgs:
    """One store as its stack configuration gives it (`retailops.render.stack_config` writes that)."""

    ownership: Ownership
    image: str
    centre: str
    centre_range: IPv4Network
    node: str
    address: str
    user: int
    pos: IPv4Network
    edge: IPv4Network
    cpu_millis: int
    memory_mib: int


def edge_store_args(get: Callable[[str], str | None]) -> EdgeStoreArgs:
    """From the configuration values of namespace `edge`; raises `pulumi.RunError` naming a missing or odd one."""

    def need(key: str) -> str:
        value = get(key)
        if not value:
            raise pulumi.RunError(f"the stack's configuration lacks edge:{key}")
        return value

    def whole(key: str) -> int:
        if not need(key).isdigit():
            raise pulumi.RunError(f"edge:{key} is {need(key)!r}, not a whole number")
        return int(need(key))

    ownership = Ownership(need("store"), whole("generation"), need("owner"), need("costCentre"))
    return EdgeStoreArgs(
        ownership=ownership,
        image=need("image"),
        centre=need("centre"),
        centre_range=IPv4Network(need("centreRange")),
        node=need("node"),
        address=need("address"),
        user=whole("user"),
        pos=IPv4Network(need("posRange")),
        edge=IPv4Network(need("edgeRange")),
        cpu_millis=whole("tillCpuMillis"),
        memory_mib=whole("tillMemoryMib"),
    )


class EdgeStore(pulumi.ComponentResource):  # type: ignore[misc]
    """`namespaces` are the names of what was fenced; `till` is the till's component."""

    namespaces: list[pulumi.Output[str]]
    till: Till

    def __init__(self, name: str, args: EdgeStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("retailops:edge:EdgeStore", name, {}, opts)
        below = pulumi.ResourceOptions(parent=self)
        sales = FencedNamespace(TILL, _till_namespace(args), below)
        platform = FencedNamespace(PLATFORM, _platform_namespace(args), below)
        self.namespaces = [sales.name, platform.name]
        self.till = Till(TILL, _till(args, sales.name), below)
        self.register_outputs({"namespaces": self.namespaces})


def _till_namespace(args: EdgeStoreArgs) -> FencedNamespaceArgs:
    """Room for the till and one other pod; the node's disk and port need the security level `privileged`."""
    quota = {
        "limits.cpu": f"{args.cpu_millis * 2}m",
        "limits.memory": f"{args.memory_mib * 2}Mi",
        "pods": "4",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }
    return FencedNamespaceArgs(args.ownership.labels("sales"), quota, security="privileged")


def _platform_namespace(args: EdgeStoreArgs) -> FencedNamespaceArgs:
    quota = {"limits.cpu": "500m", "limits.memory": "512Mi", "pods": "10", "services.nodeports": "0"}
    return FencedNamespaceArgs(args.ownership.labels("operations"), quota)


def _till(args: EdgeStoreArgs, namespace: pulumi.Output[str]) -> TillArgs:
    return TillArgs(
        store=args.ownership.store,
        generation=args.ownership.generation,
        image=args.image,
        centre=args.centre,
        node=args.node,
        address=args.address,
        user=args.user,
        cpu_millis=args.cpu_millis,
        memory_mib=args.memory_mib,
        sellers=(args.pos, args.edge),
        centre_range=args.centre_range,
        labels=args.ownership.labels("sales", app=TILL),
        namespace=namespace,
    )
