"""What can be reached from outside of a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from retailops_stacks.policies.pods import pod
from retailops_stacks.policies.registered import Policy, Registered, mapping

OUTWARD = ("LoadBalancer", "NodePort")


def _enclosed(item: Registered) -> Iterator[str]:
    spec = mapping(item.inputs.get("spec"))
    if item.object_kind == "Service" and spec.get("type") in OUTWARD and not _for_named_ranges(spec):
        yield "opens a port of the node to everybody"
    if pod(item).get("hostNetwork"):
        yield "shares the node's network"


def _for_named_ranges(service: Mapping[str, Any]) -> bool:
    """A load balancer that says who may call it, and that is not the whole world."""
    ranges = service.get("loadBalancerSourceRanges") or ()
    return service.get("type") == "LoadBalancer" and bool(ranges) and "0.0.0.0/0" not in ranges


EXPOSURE = Policy("exposure", "a store's services are for its own zones", "mandatory", _enclosed)
