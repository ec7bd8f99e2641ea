"""Who may talk to whom, in the terms of network policies."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking


def dns() -> networking.NetworkPolicyEgressRuleArgs:
    """Names are asked of the cluster's own servers."""
    system = meta.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": "kube-system"})
    return networking.NetworkPolicyEgressRuleArgs(
        to=[networking.NetworkPolicyPeerArgs(namespace_selector=system)],
        ports=[networking.NetworkPolicyPortArgs(port=53, protocol=protocol) for protocol in ("UDP", "TCP")],
    )


def neighbours() -> networking.NetworkPolicyPeerArgs:
    """Everything in our own namespaces."""
    ours = meta.LabelSelectorArgs(match_labels={"app.kubernetes.io/part-of": "retailops"})
    return networking.NetworkPolicyPeerArgs(namespace_selector=ours)


PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


def ranges(networks: Iterable[IPv4Network]) -> list[networking.NetworkPolicyPeerArgs]:
    """`0.0.0.0/0` is the internet, without the ranges that companies and clusters use themselves."""
    return [networking.NetworkPolicyPeerArgs(ip_block=_block(network)) for network in networks]


def _block(network: IPv4Network) -> networking.IPBlockArgs:
    return networking.IPBlockArgs(cidr=str(network), except_=None if network.prefixlen else list(PRIVATE))
