"""Hosts that a fault made the others cut off stay without power until somebody gives it; after a drill that is us."""

from __future__ import annotations

from retailops.errors import ToolError
from retailops.hci.drills.drill import Stage
from retailops.hci.fencing import judge, lost_hosts
from retailops.hci.together import cluster
from retailops.render.hci_cluster import members

PATIENCE, EVERY = 300.0, 2.0


def bring_back(stage: Stage) -> None:
    """Every member is online again, and what was safely gone has its power; nothing happens where hosts have no such cluster.

    Power is given only once a host counts as gone: before, the others would take it away again.
    """
    clock = stage.standing.ports.clock
    end = clock.monotonic() + PATIENCE
    while left := _lost(stage):
        for host, released in left.items():
            if released:
                stage.on_line(f"{host} was cut off; giving it power")
                stage.faults.power_on(host)
        if clock.monotonic() > end:
            raise ToolError(f"{', '.join(left)} did not join again", resolution="retailops hci status")
        clock.sleep(EVERY)


def _lost(stage: Stage) -> dict[str, bool]:
    """Members that are not online -> whether they are safely gone."""
    if not members(stage.hci):
        return {}
    state = cluster(stage.standing)
    if not state:
        return {host.id: False for host in members(stage.hci)}
    return {lost.host: judge(lost).outcome == "released" for lost in lost_hosts(stage.hci, state)}
