"""What is written down of one stack, for whoever has to know in the night: its state, its locks, its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from retailops.ports.tools import StackRequest


@dataclass(frozen=True)
class StackLock:
    """`alive` is None where the process is another machine's; `ours` says that this engine on this machine made it."""

    id: str
    who: str
    since: str
    ours: bool
    alive: bool | None


@dataclass(frozen=True)
class StackRecord:
    """A state that has passed the checker. `pending` are operations that nobody knows the end of, `notes` what else is odd.

    `cut_off` says that an update of ours was killed: its journal waits for the next call.
    """

    project: str
    stack: str
    where: str
    writer: str
    digest: str
    resources: int
    pending: tuple[str, ...]
    notes: tuple[str, ...]
    locks: tuple[StackLock, ...]
    cut_off: bool


@dataclass(frozen=True)
class StackItem:
    """One resource of a state; `marks` are words like `protected` or `waits for its deletion`."""

    urn: str
    id: str
    marks: tuple[str, ...]


@dataclass(frozen=True)
class StackUpdate:
    """One entry of a stack's history; times are seconds since 1970."""

    kind: str
    result: str
    began: int
    ended: int
    message: str
    changes: Mapping[str, int]


@runtime_checkable
class KeepsState(Protocol):
    """An engine that shows and mends what is written down. Names are URNs, `type::name` or names, unique in the stack.

    What changes a state writes a backup beside it first, and refuses while an update of ours is cut off or another engine owns it.
    """

    engine: str

    def record(self, request: StackRequest) -> StackRecord:
        """Raises `RetailopsError` for a state that the checker refuses."""
        ...

    def items(self, request: StackRequest) -> tuple[StackItem, ...]: ...

    def history(self, request: StackRequest) -> tuple[StackUpdate, ...]:
        """Oldest first."""
        ...

    def unlock(self, request: StackRequest, locks: tuple[StackLock, ...]) -> None:
        """Takes these locks away if they are still there."""
        ...

    def forgettable(self, request: StackRequest, name: str, *, dependents: bool) -> tuple[str, ...]:
        """The URNs that `forget` would take out; raises where something that stays needs them, or they are protected."""
        ...

    def forget(self, request: StackRequest, urns: tuple[str, ...]) -> None:
        """Takes resources out of the state; the world is not touched."""
        ...

    def unprotect(self, request: StackRequest, name: str) -> tuple[str, ...]:
        """The URNs that were protected, all of the stack where `name` is empty."""
        ...
