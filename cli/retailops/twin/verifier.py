"""The hosts' own tests in the simulated world: there are no hosts, so none of them says anything of a real one."""

from __future__ import annotations

from collections.abc import Sequence

from retailops.ports import Host, OnLine, Verdict
from retailops.twin.world import World


class Verifier:
    """Implements `ports.Verifier`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def verify(self, hosts: Sequence[Host], on_line: OnLine) -> Verdict:
        with self._world.call("verify"):
            on_line(f"SIMULATED: {len(hosts)} hosts pass their tests")
        return Verdict(len(hosts), {}, 0.0)
