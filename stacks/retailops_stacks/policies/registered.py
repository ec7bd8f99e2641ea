"""What a program registers, what a policy is, and what a policy objects to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from retailops_stacks.policies.fleet_settings import PolicySettings

Level = Literal["mandatory", "advisory"]


@dataclass(frozen=True)
class Registered:
    """One resource as a program registered it: `kind` is the type token, `inputs` are without secret wrappers, `at` is `file:line`."""

    kind: str
    name: str
    inputs: Mapping[str, Any]
    at: str = ""

    @property
    def package(self) -> str:
        return self.kind.split(":", 1)[0]

    @property
    def object_kind(self) -> str:
        """The kind of a Kubernetes object, "" for anything else."""
        return self.kind.rsplit(":", 1)[-1] if self.package == "kubernetes" else ""

    @property
    def labels(self) -> Mapping[str, Any]:
        """Labels of a Kubernetes object, tags of a cloud's resource; `retailops:owner` counts as `retailops/owner`."""
        if self.object_kind:
            return mapping(mapping(self.inputs.get("metadata")).get("labels"))
        tags = {**mapping(self.inputs.get("labels")), **mapping(self.inputs.get("tags"))}
        return {key.replace("retailops:", "retailops/", 1): value for key, value in tags.items()}

    def __str__(self) -> str:
        return f"{self.object_kind or self.kind} {self.name}"


@dataclass(frozen=True)
class Violation:
    policy: str
    level: Level
    resource: str
    message: str
    waivable: bool = True
    at: str = ""

    def __str__(self) -> str:
        return f"{self.policy}: {self.resource} {self.message}"


Check = Callable[[Registered], Iterator[str]]
Survey = Callable[[Sequence[Registered], PolicySettings], Iterator[tuple[Registered, str]]]


@dataclass(frozen=True)
class Policy:
    """`check` yields what is wrong with one resource, `survey` what is wrong with some of all by the fleet's settings; in words
    that follow its name.

    A policy that is not `waivable` stops whatever a waiver says.
    """

    name: str
    why: str
    level: Level
    check: Check | None = None
    survey: Survey | None = None
    waivable: bool = True

    def objections(self, resources: Sequence[Registered], settings: PolicySettings) -> Iterator[tuple[Registered, str]]:
        if self.check:
            yield from ((item, text) for item in resources for text in self.check(item))
        if self.survey:
            yield from self.survey(resources, settings)


def violations_of(
    policies: Iterable[Policy], resources: Iterable[Registered], settings: PolicySettings
) -> list[Violation]:
    """Everything that some policy objects to, in the order of the resources."""
    seen = tuple(resources)
    place = {id(item): number for number, item in enumerate(seen)}
    found = [
        (place[id(item)], Violation(policy.name, policy.level, str(item), text, policy.waivable, item.at))
        for policy in policies
        for item, text in policy.objections(seen, settings)
    ]
    return [violation for _, violation in sorted(found, key=lambda pair: pair[0])]


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()
