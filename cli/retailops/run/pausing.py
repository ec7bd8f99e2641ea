"""A paused fleet: nothing begins another step until it is resumed."""

from __future__ import annotations

from datetime import datetime

from retailops.errors import Paused
from retailops.ports import Ports


def stop_if_paused(ports: Ports) -> None:
    """Raises `Paused`, naming who paused the fleet, when and why; what was begun can go on after `fleet resume`."""
    pause = ports.pauses.current() if ports.pauses else None
    if pause is None:
        return
    why = f": {pause.reason}" if pause.reason else ""
    raise Paused(
        f"the fleet is paused by {pause.by} since {pause.at:%Y-%m-%d %H:%M:%S} UTC{why}",
        resolution="After `retailops fleet resume`, repeat the command: it goes on where it was.",
    )


def wait_until(ports: Ports, moment: datetime, every: float) -> None:
    """Sleeps until then by the ports' clock; raises `Paused` within `every` seconds of a pause."""
    while (left := (moment - ports.clock.now()).total_seconds()) > 0:
        stop_if_paused(ports)
        ports.clock.sleep(min(left, every))
    stop_if_paused(ports)
