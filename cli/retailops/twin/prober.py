"""Questions to simulated hosts, answered as the probes of the same names answer on real ones."""

from __future__ import annotations

from retailops.errors import RetailopsError
from retailops.ports import Clock, Host, Json, Reading
from retailops.twin import answers
from retailops.twin.machines import machine
from retailops.twin.sites import Sites
from retailops.twin.world import CENTRE, World


class Prober:
    """Implements `ports.Prober`; hosts of the centre answer as the store sees them whose site was asked for last."""

    def __init__(self, world: World, sites: Sites, clock: Clock) -> None:
        self._world = world
        self._sites = sites
        self._clock = clock

    def read(self, host: Host, reading: Reading) -> dict[str, Json]:
        answer = answers.ANSWERS.get(reading.name)
        if answer is None:
            raise RetailopsError(f"the simulated world has no probe {reading.name!r}")
        design = self._sites.of.get(host.store) if host.store else self._sites.last
        if design is None:
            raise RetailopsError(f"{host.name} was asked before its site")
        with self._world.call(f"{reading.name} on {host.name}", CENTRE, design.id) as documents:
            return answer(answers.Question(documents, design, host, reading.args, self._clock.now().timestamp()))

    def reboot(self, host: Host) -> None:
        owner = host.store or CENTRE
        with self._world.call(f"reboot {host.name}", owner) as documents:
            machine(documents[owner], host.name)["boots"] += 1
