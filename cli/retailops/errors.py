"""Errors that a person can act on, and the exit codes they end with (DESIGN section 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class RetailopsError(Exception):
    """What is wrong and where (`message`), a tool's own last words (`details`), what to do (`resolution`)."""

    exit_code = 1

    def __init__(self, message: str, *, details: str | None = None, resolution: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.resolution = resolution


class ToolError(RetailopsError):
    """A tool or the world failed."""


class Unreachable(ToolError):
    """A host did not answer; nothing was changed on it by this call."""


class UsageError(RetailopsError):
    """The command line asks for what can't be, or a question has no terminal to be asked on."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Problem:
    """One fault of a file: `line` and `column` count from 1, 0 means the whole file."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.path}{place}: {self.message}"


class FleetError(RetailopsError):
    """The fleet repository is wrong; `problems` holds every fault of every file at once."""

    exit_code = 3

    def __init__(self, message: str, problems: Sequence[Problem] = (), *, resolution: str | None = None) -> None:
        super().__init__(message, details="\n".join(map(str, problems)) or None, resolution=resolution)
        self.problems = tuple(problems)


class PendingChanges(RetailopsError):
    """Changes are pending and the command was asked to check."""

    exit_code = 4


class PartialFailure(RetailopsError):
    """Some stores or hosts failed, the others are done."""

    exit_code = 5


class GateNotMet(RetailopsError):
    """A gate, a policy or a probe is not met."""

    exit_code = 6


class Locked(RetailopsError):
    """Somebody else holds the lock; the message says who, since when, doing what."""

    exit_code = 7


class Interrupted(RetailopsError):
    """Interrupted by a person; the run can go on."""

    exit_code = 130


class Paused(Interrupted):
    """The fleet is paused; what was begun stopped between two steps, and goes on after `fleet resume`."""
