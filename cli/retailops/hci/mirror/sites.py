"""The two sites of the private cloud, and what each has to know of the other."""

from __future__ import annotations

from dataclasses import dataclass

from retailops.model.chain import FleetFile
from retailops.model.hosts import Hci, Host
from retailops.render.hci import Other

MAIN, RECOVERY = "main", "recovery"
SITES = (MAIN, RECOVERY)
DAEMONS = 2
"""Hosts of a site that copy from the other one; one works, the next takes over when it dies."""


@dataclass(frozen=True)
class Site:
    """One site: `cluster` names its storage cluster for ever; `other` is there where volumes are mirrored."""

    name: str
    hci: Hci
    cluster: str
    other: Other | None


def site(chain: FleetFile, name: str) -> Site:
    """One of `SITES`."""
    main, recovery = chain.hci, chain.recovery
    if name == MAIN:
        return Site(name, main, chain.chain.id, other_site(main, recovery) if main.mirror else None)
    return Site(name, recovery, f"{RECOVERY}.{chain.chain.id}", other_site(recovery, main) if main.mirror else None)


def other_site(this: Hci, other: Hci) -> Other:
    return Other(other.prefixes["storage"], tuple(host.id for host in copiers(this)))


def copiers(hci: Hci) -> tuple[Host, ...]:
    """The hosts whose rbd-mirror fetches from the other site."""
    return hci.with_role("monitor")[:DAEMONS]


def mirrored(one: Hci, other: Hci) -> tuple[str, ...]:
    """Pools that both sites have, in the order of the first."""
    there = {pool.id for pool in other.pools}
    return tuple(pool.id for pool in one.pools if pool.id in there)
