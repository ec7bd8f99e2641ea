"""Adopting what exists into a stack: what crosses between the commands and a Pulumi engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from retailops.ports.tools import StackRequest
from retailops.ports.values import OnLine


@dataclass(frozen=True)
class Existing:
    """Something that is there (`id`) and shall be the resource `name`; `parent` and `provider` are URNs or names of others.

    A `component` has no id: it is made as an empty parent of others.
    """

    type: str
    name: str
    id: str = ""
    parent: str = ""
    provider: str = ""
    component: bool = False


@dataclass(frozen=True)
class Adoption:
    """What is asked for. `names` are a person's variables for URNs that the lines refer to."""

    things: tuple[Existing, ...]
    protect: bool = True
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Adopted:
    """`lines` are Python lines that describe all of it; `imported` and `already` are URNs (empty where an engine tells none)."""

    lines: str
    imported: tuple[str, ...]
    already: tuple[str, ...]
    engine: str
    digest: str


@runtime_checkable
class Adopts(Protocol):
    """A Pulumi engine that takes what exists into a stack's state, touching nothing of it."""

    engine: str

    def adopt(self, request: StackRequest, asked: Adoption, on_line: OnLine, keep: Callable[[str], None]) -> Adopted:
        """All or nothing. `keep` gets the program lines first; what it raises stops the import."""

    def inventory(self, request: StackRequest, namespace: str, on_line: OnLine) -> Sequence[Existing]:
        """What people have put into a namespace of the stack's cluster, without what the stack has already."""
