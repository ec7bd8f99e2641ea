"""What can be reached from outside of a cluster."""

from __future__ import annotations

from collections.abc import Iterator

from retailops_stacks.policies.pods import pod
from retailops_stacks.policies.registered import Policy, Registered, mapping

OUTWARD = ("LoadBalancer", "NodePort")


def _enclosed(item: Registered) -> Iterator[str]:
    if item.object_kind == "Service" and mapping(item.inputs.get("spec")).get("type") in OUTWARD:
        yield "opens a port of the node to everybody"
    if pod(item).get("hostNetwork"):
        yield "shares the node's network"


EXPOSURE = Policy("exposure", "a store's services are for its own zones", "mandatory", _enclosed)
