"""Reading the probes of a fleet repository, every fault of every file at once."""

from __future__ import annotations

from pathlib import Path

from retailops.errors import FleetError, Problem
from retailops.model.binding import bind
from retailops.model.parsing import BadYaml, parse
from retailops.onboarding.probes import Probe


def load_probes(root: Path) -> tuple[Probe, ...]:
    """The probes of `probes/*.yaml` in the order of their names; raises `FleetError` with every Problem."""
    found: list[Probe] = []
    problems: list[Problem] = []
    for path in sorted(root.glob("probes/*.yaml")):
        probe, faults = _one(path, str(path.relative_to(root)))
        problems += faults
        if probe is not None and any(probe.id == other.id for other in found):
            problems.append(Problem(str(path.relative_to(root)), 0, 0, f"id: a second probe {probe.id}"))
        elif probe is not None:
            found.append(probe)
    if problems:
        raise FleetError("the probes of this fleet repository are wrong", problems, resolution="Mend the places named.")
    return tuple(found)


def _one(path: Path, shown: str) -> tuple[Probe | None, list[Problem]]:
    try:
        data = path.read_bytes()
        bound = bind(Probe, parse(data, shown), data, shown)
        return bound.value, list(bound.problems)
    except BadYaml as error:
        return None, [error.problem]
    except OSError as error:
        return None, [Problem(shown, 0, 0, f"can't be read: {error.strerror}")]
