"""Whether the hosts' clocks agree, said before Ceph says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from retailops.errors import Unreachable
from retailops.hci.asking import at_once
from retailops.ports import Host, Json, Prober, Reading

CEPH_ALLOWS = 0.05
"""Seconds between two monitors."""

ALLOWED = 0.02
"""Seconds that a clock is off for certain, whatever the way to its server may hide."""

SETTLES = 60.0
"""Seconds that chrony may take to find a server."""


def read(prober: Prober, hosts: Mapping[str, Host]) -> dict[str, Json]:
    """Host -> what probe `clock` answers; those that are silent are left out."""

    def ask(name: str) -> Json:
        try:
            return prober.read(hosts[name], Reading("clock"))
        except Unreachable:
            return None

    return {name: said for name, said in at_once(hosts, ask).items() if said is not None}


def wrong(clocks: Mapping[str, Json]) -> Iterator[str]:
    """A line for each clock that nobody should trust."""
    for host, said in clocks.items():
        if not said["running"]:
            yield f"{host}: chrony does not run, so its clock drifts; retailops hci up starts it"
        elif not said["source"] and said["age"] > SETTLES:
            yield f"{host}: no time server answers, so its clock drifts; see hci.timeServers and the firewalls between"
        elif said["source"] and abs(said["offset"]) - said["error"] > ALLOWED:
            yield (
                f"{host}: its clock is {abs(said['offset']):.3f} s off that of {said['source']}; "
                f"Ceph's monitors bear {CEPH_ALLOWS:g} s"
            )
