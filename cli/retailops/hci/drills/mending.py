"""Taking back whatever a drill that was killed has left: every fault and setting, whether or not it is there."""

from __future__ import annotations

from retailops.errors import RetailopsError
from retailops.hci.changes.moving import command, settle
from retailops.hci.drills.ratios import USUAL, set_ratios
from retailops.hci.drills.returning import bring_back
from retailops.hci.standing import Standing
from retailops.ports import Faults, OnLine
from retailops.render.hci_cluster import members

PATIENCE, EVERY = 300.0, 2.0


def faults_of(standing: Standing) -> Faults:
    """Raises `RetailopsError` where this world has none."""
    if standing.ports.faults is None:
        raise RetailopsError(f"the world {standing.ports.world} has no faults on purpose; drills are for a lab")
    return standing.ports.faults


def mend(standing: Standing, on_line: OnLine) -> None:
    """All is whole when it returns. It may run twice."""
    faults = faults_of(standing)
    faults.join()
    for rack in dict.fromkeys(host.rack for host in standing.hci.hosts):
        faults.replug(rack)
    for host in members(standing.hci):
        faults.controller(host.id, "honest")
    for host in standing.hci.hosts:
        faults.power_on(host.id)
    on_line("every rack is plugged in, every host has power")
    _await_monitors(standing)
    bring_back(standing, faults, on_line)
    set_ratios(standing, USUAL)
    command(standing, "balancer", "on")
    standing.wait_healthy(PATIENCE, on_line)
    settle(standing, on_line)
    standing.wait_healthy(PATIENCE, on_line)


def _await_monitors(standing: Standing) -> None:
    clock = standing.ports.clock
    end = clock.monotonic() + PATIENCE
    while not standing.state():
        if clock.monotonic() > end:
            raise standing.silence()
        clock.sleep(EVERY)
