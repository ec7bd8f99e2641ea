"""Onboarding in the simulated world, each time in a process of its own that may be told to die."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retailops.errors import RetailopsError
from retailops.twin.faults import VARIABLE

STORE = "hz0001"


@dataclass(frozen=True)
class Ended:
    """How the process ended: `code` as `os.waitstatus_to_exitcode` has it; `answer` is what it handed back."""

    code: int
    answer: Any

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


def preload() -> None:
    """What every child needs is imported once, before any is forked."""
    import dbos
    import sqlalchemy.dialects.sqlite

    import retailops.onboarding.stages
    import retailops.wiring

    assert dbos
    assert sqlalchemy.dialects.sqlite
    assert retailops.onboarding.stages
    assert retailops.wiring


def apart(work: Callable[[], Any], die_at: str = "") -> Ended:
    """Runs `work` in a forked process and returns how that ended."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        os.environ[VARIABLE] = die_at
        os._exit(_child(work, writer))
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    return Ended(os.waitstatus_to_exitcode(status), json.loads(said) if said else None)


def _child(work: Callable[[], Any], writer: int) -> int:
    code = 0
    try:
        answer = work()
    except RetailopsError as error:
        answer, code = {"error": error.message, "details": error.details}, error.exit_code
    except BaseException:
        traceback.print_exc(file=sys.stderr)
        return 99
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(json.dumps(answer).encode())
    return code


def open_store(root: Path, store: str = STORE) -> Any:
    """The outcome as JSON, with the outside calls that it took under `calls`."""
    from retailops.onboarding.onboard import onboard
    from retailops.onboarding.stages import procedure
    from retailops.wiring import build_ports

    ports = build_ports(root, True)
    outcome = onboard(ports, root, store, lambda _line: None, procedure(root))
    return {**outcome.to_json(), "calls": ports.lines._world.fault.calls}  # type: ignore[attr-defined]


def world(root: Path, name: str) -> Any:
    """A document of the simulated world as it is on disk."""
    return json.loads((root / ".retailops" / "simulated" / "world" / f"{name}.json").read_text())


def evidence(root: Path, store: str = STORE) -> list[tuple[str, int, str, str, bool]]:
    from retailops.drivers.evidence import SqliteEvidence

    chain = SqliteEvidence(root / ".retailops" / "simulated" / "evidence.sqlite").of(store)
    return [(item.stage, item.attempt, item.gate, item.kind, item.ok) for item in chain]
