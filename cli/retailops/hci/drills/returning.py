"""Hosts that a fault made the others cut off stay without power until somebody gives it; after a drill that is us."""

from __future__ import annotations

from retailops.errors import ToolError
from retailops.hci.machines.fencing import judge, lost_hosts
from retailops.hci.machines.together import cluster
from retailops.hci.standing import Standing
from retailops.ports import Faults, OnLine
from retailops.render.hci_cluster import members

PATIENCE, EVERY = 300.0, 2.0


def bring_back(standing: Standing, faults: Faults, on_line: OnLine) -> None:
    """Every member is online again, and what was safely gone has its power; nothing happens where hosts have no such cluster.

    Power is given only once a host counts as gone: before, the others would take it away again.
    """
    clock = standing.ports.clock
    end = clock.monotonic() + PATIENCE
    while left := _lost(standing):
        for host, released in left.items():
            if released:
                on_line(f"{host} was cut off; giving it power")
                faults.power_on(host)
        if clock.monotonic() > end:
            raise ToolError(f"{', '.join(left)} did not join again", resolution="retailops hci status")
        clock.sleep(EVERY)


def _lost(standing: Standing) -> dict[str, bool]:
    """Members that are not online -> whether they are safely gone."""
    together = members(standing.hci)
    if not together:
        return {}
    state = cluster(standing)
    if not state:
        return {host.id: False for host in together}
    return {lost.host: judge(lost).outcome == "released" for lost in lost_hosts(standing.hci, state)}
