"""Whether hosts can be worked on, and what is said where some can't."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from retailops.errors import GateNotMet, PartialFailure, Unreachable
from retailops.hci.status.disks import RUNBOOK, Seen
from retailops.model.hosts import Hci
from retailops.ports import Json

SWITCHED_ON = "See that it is switched on and plugged in, then repeat the command."


def silent(seen: Seen) -> tuple[str, ...]:
    return tuple(name for name, found in seen.items() if found is None)


def refuse_astray(lines: Sequence[str]) -> None:
    """Raises `GateNotMet` where a disk isn't where fleet.yaml has it."""
    if lines:
        more = f", and {len(lines) - 1} more" if lines[1:] else ""
        raise GateNotMet(
            f"{lines[0]}{more}; nothing was touched",
            details="\n".join(lines[1:]) or None,
            resolution=f"Put it back, or see {RUNBOOK}: the new serial number in fleet.yaml, then retailops hci replace.",
        )


def refuse_headless(hci: Hci, silent: Sequence[str], state: Callable[[], Mapping[str, Json]]) -> None:
    """Raises `Unreachable` where a silent monitor may be the only one that knows the cluster: the others would begin a second one."""
    missing = [host.id for host in hci.with_role("monitor") if host.id in silent]
    if missing and not state():
        raise Unreachable(
            f"{', '.join(missing)} can't be reached over SSH, and no monitor of the storage cluster answers",
            resolution="Monitors come first: see that they are switched on and plugged in, then repeat the command.",
        )


def rest_done(what: str) -> PartialFailure:
    return PartialFailure(f"{what}; the other hosts are as fleet.yaml says", resolution=SWITCHED_ON)
