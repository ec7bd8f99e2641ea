"""Policies over everything that a program registers: run in tests and before every `up`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from retailops_stacks.labels import REQUIRED

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_LOCAL = re.compile(r"^retailops\.local/[a-z0-9/-]+:(?!latest$)[A-Za-z0-9_.-]+$")
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "Pod", "CronJob")


@dataclass(frozen=True)
class Registered:
    """One resource as a program registered it: `kind` is the type token, `inputs` are without secret wrappers."""

    kind: str
    name: str
    inputs: Mapping[str, Any]

    @property
    def object_kind(self) -> str:
        return self.kind.rsplit(":", 1)[-1] if self.kind.startswith("kubernetes:") else ""


@dataclass(frozen=True)
class Violation:
    policy: str
    level: Literal["mandatory", "advisory"]
    resource: str
    message: str

    def __str__(self) -> str:
        return f"{self.policy}: {self.resource} {self.message}"


@dataclass(frozen=True)
class Policy:
    """`check` yields what is wrong with one resource, in words that follow its name."""

    name: str
    why: str
    level: Literal["mandatory", "advisory"]
    check: Callable[[Registered], Iterator[str]]


def violations(resources: Iterable[Registered], policies: Iterable[Policy] | None = None) -> list[Violation]:
    """Everything that some policy objects to, in the order of the resources."""
    chosen = tuple(policies) if policies is not None else POLICIES
    return [
        Violation(policy.name, policy.level, f"{item.object_kind or item.kind} {item.name}", text)
        for item in resources
        for policy in chosen
        for text in policy.check(item)
    ]


def _pod(item: Registered) -> Mapping[str, Any]:
    spec = _dict(item.inputs.get("spec"))
    if item.object_kind == "CronJob":
        spec = _dict(_dict(spec.get("jobTemplate")).get("spec"))
    if item.object_kind == "Pod":
        return spec
    return _dict(_dict(spec.get("template")).get("spec")) if item.object_kind in _WORKLOADS else {}


def _containers(item: Registered) -> Iterator[Mapping[str, Any]]:
    pod = _pod(item)
    for key in ("initContainers", "containers"):
        yield from (_dict(container) for container in pod.get(key) or ())


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _labelled(item: Registered) -> Iterator[str]:
    if item.object_kind:
        labels = _dict(_dict(item.inputs.get("metadata")).get("labels"))
        missing = [key for key in REQUIRED if not labels.get(key)]
        if missing:
            yield f"lacks the labels {', '.join(missing)}"


def _limited(item: Registered) -> Iterator[str]:
    for container in _containers(item):
        limits = _dict(_dict(container.get("resources")).get("limits"))
        if missing := [key for key in ("cpu", "memory") if not limits.get(key)]:
            yield f"has no {' and '.join(missing)} limit for container {container.get('name')}"


def _pinned(item: Registered) -> Iterator[str]:
    for container in _containers(item):
        image = str(container.get("image") or "")
        if not (_DIGEST.search(image) or _LOCAL.match(image)):
            yield f"runs {image or 'no image'}, which is neither given by digest nor a pinned image of our own"


def _humble(item: Registered) -> Iterator[str]:
    pod = _pod(item)
    outer = _dict(pod.get("securityContext"))
    for container in _containers(item):
        inner = _dict(container.get("securityContext"))
        if inner.get("privileged"):
            yield f"runs container {container.get('name')} privileged"
        if not (inner.get("runAsNonRoot") or outer.get("runAsNonRoot")):
            yield f"lets container {container.get('name')} run as root"
        if inner.get("allowPrivilegeEscalation") is not False:
            yield f"lets container {container.get('name')} gain privileges"


def _enclosed(item: Registered) -> Iterator[str]:
    if item.object_kind == "Service" and _dict(item.inputs.get("spec")).get("type") in ("LoadBalancer", "NodePort"):
        yield "opens a port of the node to everybody"
    if _pod(item).get("hostNetwork"):
        yield "shares the node's network"


POLICIES = (
    Policy("labels", "nobody looks after what has no owner", "mandatory", _labelled),
    Policy("limits", "one container must not starve the till", "mandatory", _limited),
    Policy("images", "what runs is what was tested", "mandatory", _pinned),
    Policy("privileges", "a stolen container is not a stolen node", "mandatory", _humble),
    Policy("exposure", "a store's services are for its own zones", "mandatory", _enclosed),
)

AUTHOR = "retailops"
"""Programs whose Pulumi.yaml names this author are ours, and these policies are theirs."""
