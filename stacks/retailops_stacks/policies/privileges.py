"""What a container may do on its node."""

from __future__ import annotations

from collections.abc import Iterator

from retailops_stacks.policies.pods import containers, pod
from retailops_stacks.policies.registered import Policy, Registered, mapping


def _humble(item: Registered) -> Iterator[str]:
    outer = mapping(pod(item).get("securityContext"))
    for container in containers(item):
        inner = mapping(container.get("securityContext"))
        if inner.get("privileged"):
            yield f"runs container {container.get('name')} privileged"
        if not (inner.get("runAsNonRoot") or outer.get("runAsNonRoot")):
            yield f"lets container {container.get('name')} run as root"
        if inner.get("allowPrivilegeEscalation") is not False:
            yield f"lets container {container.get('name')} gain privileges"


PRIVILEGES = Policy("privileges", "a stolen container is not a stolen node", "mandatory", _humble)
