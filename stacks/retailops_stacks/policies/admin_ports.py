"""Doors for administrators: never open to everybody, and no waiver opens one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from retailops_stacks.policies.exposure import OUTWARD
from retailops_stacks.policies.registered import Policy, Registered, items, mapping

ADMIN = (22, 2379, 3306, 3389, 5432, 5900, 6379, 6443, 8006, 9090, 10250)
_ANYWHERE = ("0.0.0.0/0", "::/0")


def _closed(item: Registered) -> Iterator[str]:
    if item.object_kind == "Service":
        yield from _service(mapping(item.inputs.get("spec")))
    elif item.kind == "alicloud:ecs/securityGroupRule:SecurityGroupRule":
        if item.inputs.get("type") == "ingress" and item.inputs.get("policy", "accept") == "accept":
            sources = [item.inputs.get("cidrIp"), item.inputs.get("ipv6CidrIp")]
            yield from _rule(sources, *_slashed(str(item.inputs.get("portRange") or "-1/-1")))
    elif item.kind == "aws:ec2/securityGroup:SecurityGroup":
        for rule in items(item.inputs.get("ingress")):
            yield from _aws_rule(mapping(rule))
    elif item.kind == "aws:ec2/securityGroupRule:SecurityGroupRule":
        if item.inputs.get("type") == "ingress":
            yield from _aws_rule(item.inputs)
    elif item.kind == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
        yield from _aws_rule(item.inputs)
    elif item.kind == "alicloud:cs/managedKubernetes:ManagedKubernetes":
        if item.inputs.get("slbInternetEnabled") is not False:
            yield "has a public endpoint; set slbInternetEnabled to false"
    elif item.kind == "aws:eks/cluster:Cluster":
        network = mapping(item.inputs.get("vpcConfig"))
        allowed = network.get("publicAccessCidrs") or _ANYWHERE
        if network.get("endpointPublicAccess") is not False and _open(items(allowed)):
            yield "has a public endpoint; set vpcConfig.endpointPublicAccess to false"


def _service(spec: Mapping[str, Any]) -> Iterator[str]:
    sources = items(spec.get("loadBalancerSourceRanges"))
    if spec.get("type") in OUTWARD and (not sources or _open(sources)):
        for port in items(spec.get("ports")):
            number = _number(mapping(port).get("port"))
            yield from _rule(_ANYWHERE, number, number)


def _aws_rule(rule: Mapping[str, Any]) -> Iterator[str]:
    sources = [*items(rule.get("cidrBlocks")), *items(rule.get("ipv6CidrBlocks"))]
    sources += [rule.get("cidrIpv4"), rule.get("cidrIpv6")]
    every = str(rule.get("protocol", rule.get("ipProtocol"))) in ("-1", "all")
    yield from _rule(sources, *((-1, -1) if every else (_number(rule.get("fromPort")), _number(rule.get("toPort")))))


def _rule(sources: Sequence[Any], first: int, last: int) -> Iterator[str]:
    doors = [port for port in ADMIN if first == -1 or first <= port <= last]
    if doors and _open(sources):
        yield f"opens port {', '.join(map(str, doors))} to everybody"


def _open(sources: Sequence[Any]) -> bool:
    return any(source in _ANYWHERE for source in sources)


def _slashed(text: str) -> tuple[int, int]:
    first, _, last = text.partition("/")
    return _number(first), _number(last or first)


def _number(value: Any) -> int:
    """A port that can't be read counts as every port."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return -1


ADMIN_PORTS = Policy(
    "admin-ports",
    "an administrator's door on the internet is tried within the hour",
    "mandatory",
    _closed,
    waivable=False,
)
