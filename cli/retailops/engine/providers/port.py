"""What the engine asks of a provider, and the values that cross. Inputs and outputs carry secret wrappers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from retailops.engine.differences import Change
from retailops.engine.registration import Registration
from retailops.engine.state.checkpoint import Resource
from retailops.errors import ToolError

OnLine = Callable[[str], None]


class Incomplete(ToolError):
    """The object is there but did not become ready: `resource` is what is kept, with `init_errors`."""

    def __init__(self, message: str, resource: Resource, **words: str | None) -> None:
        super().__init__(message, **words)
        self.resource = resource


class Uncertain(ToolError):
    """Nobody knows whether the request reached the world: it stays among the pending operations."""


@dataclass(frozen=True)
class Diff:
    """`changes` between old and new inputs; `replace` are those that can't be made in place."""

    changes: tuple[Change, ...] = ()
    replace: tuple[Change, ...] = ()
    delete_first: bool = False


@dataclass(frozen=True)
class Settings:
    """Of one provider instance: its plain inputs, and what the surroundings give where those are silent.

    `stopped` is set when somebody wants the run to end: then nothing is waited for any more.
    `folder` is the program's: relative paths in inputs start there.
    `known` is false in a preview in which the inputs are not all known yet: then nothing may be asked of the world.
    """

    inputs: Mapping[str, Any]
    kubeconfig: Path | None = None
    known: bool = True
    on_line: OnLine = field(default=lambda _line: None)
    stopped: threading.Event = field(default_factory=threading.Event)
    folder: Path = Path()


@dataclass(frozen=True)
class Drift:
    """What a refresh found: the resource as it is, and which of our inputs the world has changed."""

    resource: Resource
    changes: tuple[Change, ...]


class Provider(Protocol):
    """Each method may be called from many threads. A failure that left the world untouched is a plain `RetailopsError`."""

    def check(self, resource: Resource, old: Resource | None) -> Resource:
        """Fills in what the program left open (names); raises for inputs that can't be. Does not touch the world."""

    def diff(self, old: Resource, new: Resource) -> Diff: ...

    def successor(self, old: Resource, new: Resource) -> Resource:
        """The new resource as it can stand beside the old one until that is deleted (another generated name)."""

    def rehearse(self, old: Resource | None, new: Resource) -> Resource:
        """What create (without `old`) or update would give, asked of the world without changing it where that is possible."""

    def seed(self, resource: Resource) -> Resource:
        """What is put on disk before a create, so that `recover` can tell our object from anybody else's."""

    def create(self, seeded: Resource, timeout: float) -> Resource:
        """Raises `Incomplete`, `Uncertain`, or `RetailopsError` when nothing was made."""

    def update(self, old: Resource, new: Resource, timeout: float) -> Resource: ...

    def delete(self, resource: Resource, timeout: float) -> None:
        """An object that is gone, or is another one by now, counts as deleted."""

    def read(self, resource: Resource) -> Resource | None:
        """By `resource.id`; None where there is none."""

    def refresh(self, resource: Resource) -> Drift | None: ...

    def recover(self, seeded: Resource) -> Resource | None:
        """What became of a create that was cut off: the resource if our object is there, None if it never came to be."""

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        """A function's result; None for one that is not known here."""

    def lacks(self, kind: str) -> str | None:
        """Names what a resource type needs that this provider does not have."""


@runtime_checkable
class Builder(Protocol):
    """A provider that has remote components, too."""

    def construct(
        self, asked: Registration, component: str, register: Callable[[Registration], Resource]
    ) -> dict[str, Any]:
        """Registers the children of a remote component under its URN `component`; gives its outputs."""


@runtime_checkable
class Inventory(Protocol):
    """A provider that can list what is there."""

    def inventory(self, place: str) -> list[tuple[str, str]]:
        """Type and id of each object in a place that somebody has made; what the system makes by itself is left out."""


@runtime_checkable
class Container(Protocol):
    """A provider some of whose resources live inside others and go with them."""

    def contains(self, outer: Resource, inner: Resource) -> bool:
        """Whether deleting `outer` deletes `inner`."""


Factory = Callable[[Settings], Provider]
