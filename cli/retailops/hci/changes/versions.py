"""Which versions of Ceph run together and which may follow; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from retailops.hci.changes.turns import KINDS, Daemon

RELEASES = {14: "nautilus", 15: "octopus", 16: "pacific", 17: "quincy", 18: "reef", 19: "squid", 20: "tentacle"}
FARTHEST = 2
"""Releases that one upgrade may go over, by Ceph's own rule."""


@dataclass(frozen=True)
class Packages:
    """Package -> version on one host: what is installed, and what its sources would give it."""

    installed: Mapping[str, str]
    candidate: Mapping[str, str]

    @property
    def newer(self) -> dict[str, str]:
        """What an upgrade would install."""
        return {name: to for name, to in self.candidate.items() if to != self.installed.get(name)}


def upstream(version: str) -> str:
    """`16.2.15+ds-0+deb12u2` and `16.2.15` are both `16.2.15`; "" where it can't be told."""
    found = re.match(r"(?:\d+:)?(\d+\.\d+\.\d+)", version)
    return found[1] if found else ""


def major(version: str) -> int:
    return int(upstream(version).partition(".")[0] or 0)


def running(daemons: Iterable[Daemon]) -> dict[str, list[str]]:
    """Version -> names of the daemons that run it, oldest first; silent daemons have none."""
    found: dict[str, list[str]] = {}
    for daemon in daemons:
        if daemon.version:
            found.setdefault(upstream(daemon.version), []).append(daemon.name)
    return dict(sorted(found.items(), key=lambda each: [int(part) for part in each[0].split(".")]))


def mixed(versions: Mapping[str, Mapping[str, int]]) -> list[str]:
    """A line where more than one version runs; `versions` is kind of daemon -> version -> how many."""
    found: dict[str, list[str]] = {}
    for kind, counts in versions.items():
        for version, count in counts.items():
            found.setdefault(version, []).append(f"{count} {KINDS[kind]}{'' if count == 1 else 's'}")
    if len(found) < 2:
        return []
    said = "; ".join(f"{version}: {', '.join(parts)}" for version, parts in sorted(found.items()))
    return [f"{len(found)} versions of Ceph run together ({said}); retailops hci upgrade goes on"]


def refusals(packages: Mapping[str, Packages], daemons: Iterable[Daemon]) -> Iterator[str]:
    """What forbids an upgrade of these hosts, a line each."""
    goals: dict[str, list[str]] = {}
    for host, each in packages.items():
        for version in sorted(set(each.candidate.values())):
            goals.setdefault(version, []).append(host)
    if len(goals) > 1:
        said = "; ".join(f"{version} on {', '.join(hosts)}" for version, hosts in goals.items())
        yield f"the hosts' sources give different versions: {said}"
        return
    now = running(daemons)
    for goal in map(upstream, goals):
        together = {**now, goal: now.get(goal, ["the packages"])}
        if len(together) > 2:
            said = "; ".join(f"{version}: {', '.join(names)}" for version, names in together.items())
            yield f"{len(together)} versions would run together, and two are allowed ({said})"
        for version, names in now.items():
            if not 0 <= major(goal) - major(version) <= FARTHEST:
                yield f"{', '.join(names)} run {version}; from there {goal} is too far: at most {FARTHEST} releases at once"
