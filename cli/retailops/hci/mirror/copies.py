"""What each volume is at both sites, how far its copy is behind, and what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from retailops.hci.mirror.sites import DAEMONS, MAIN, RECOVERY, SITES
from retailops.ports import Json

COPYING = 120
"""Seconds that a snapshot may take to be whole at the other site; with the time between two, what a disaster may cost."""

States = Mapping[str, Mapping[str, Json]]
"""Site -> what probe `mirror_state` answers there and `monitor`, whose host answered; empty where nobody does."""


@dataclass(frozen=True)
class Mirrored:
    """One volume: `here` is what probe `mirror_state` says of it at each site that has it.

    `primary` are the sites at which it is written, `behind` the seconds since the moment that the other site's copy shows.
    """

    pool: str
    name: str
    here: Mapping[str, Mapping[str, Json]]
    primary: tuple[str, ...]
    behind: float | None

    @property
    def id(self) -> str:
        return f"{self.pool}/{self.name}"

    @property
    def split(self) -> bool:
        """Both sites have written it since they last agreed."""
        return len(self.primary) > 1 or any("split-brain" in each.get("said", "") for each in self.here.values())


def other(site: str) -> str:
    return RECOVERY if site == MAIN else MAIN


def volumes(states: States, now: float) -> tuple[Mirrored, ...]:
    """Every volume of the mirrored pools at either site, mirrored or not."""
    found: dict[tuple[str, str], dict[str, Mapping[str, Json]]] = {}
    for site, state in states.items():
        for pool, inside in state.get("pools", {}).items():
            for volume in inside["volumes"]:
                found.setdefault((pool, volume["name"]), {})[site] = volume
    return tuple(_mirrored(pool, name, here, now) for (pool, name), here in sorted(found.items()))


def _mirrored(pool: str, name: str, here: Mapping[str, Mapping[str, Json]], now: float) -> Mirrored:
    primary = tuple(site for site in SITES if here.get(site, {}).get("primary"))
    points = [each["point"] for each in here.values() if each.get("point") and not each.get("primary")]
    return Mirrored(pool, name, here, primary, max(0.0, now - points[0]) if points else None)


def limit(minutes: int) -> float:
    """Seconds that a copy may be behind."""
    return minutes * 60.0 + COPYING


def faults(states: States, now: float, most: float) -> Iterator[str]:
    """One line for each thing that keeps the other site from taking over as promised."""
    for site in SITES:
        yield from _site_faults(site, states[site])
    for volume in volumes(states, now):
        yield from (f"{volume.id} {text}" for text in _volume_faults(volume, states, most))


def _site_faults(site: str, state: Mapping[str, Json]) -> Iterator[str]:
    if not state:
        yield f"site {site} does not answer, or its mirror is not set up"
        return
    if (count := len(state["copiers"])) < DAEMONS:
        yield f"site {site}: {count} of {DAEMONS} copiers (rbd-mirror) run{_named(state['copiers'])}"
    for name, pool in state["pools"].items():
        if other(site) not in pool["peers"]:
            yield f"site {site}: pool {name} has not {other(site)} as its peer; retailops hci mirror up"
        if not pool["schedule"]:
            yield f"site {site}: no snapshots of pool {name} are scheduled; retailops hci mirror up"


def _named(hosts: list[str]) -> str:
    return f": {', '.join(hosts)}" if hosts else ""


def _volume_faults(volume: Mirrored, states: States, most: float) -> Iterator[str]:
    if any(not each["mirrored"] for each in volume.here.values()):
        yield "is not mirrored; retailops hci mirror up"
    elif volume.split:
        yield (
            "was written at both sites since they last agreed (split-brain); "
            "retailops hci mirror resync SITE throws away what SITE has and makes it anew from the other"
        )
    elif not volume.primary and all(states.values()):
        yield "can be written nowhere; retailops hci mirror promote SITE ends a switchover that was cut off"
    elif volume.primary:
        yield from _copy_faults(volume, other(volume.primary[0]), states, most)


def _copy_faults(volume: Mirrored, site: str, states: States, most: float) -> Iterator[str]:
    copy = volume.here.get(site)
    if copy is None:
        if states[site]:
            yield f"has no copy at {site} yet"
        return
    if not copy["up"]:
        yield f"is copied by nobody at {site}: its copiers (rbd-mirror) are down"
    elif "is primary" in copy["said"]:
        yield f"was written at {site} until a moment ago; its copier says in half a minute whether it follows"
    elif copy["state"] not in ("replaying", "syncing"):
        yield f"is not being copied at {site}: {copy['state']}, {copy['said']}"
    if volume.behind is None:
        yield f"has a copy at {site} that nobody knows the age of"
    elif volume.behind > most:
        yield f"is {volume.behind:.0f} s behind at {site}; {most:.0f} are allowed"
