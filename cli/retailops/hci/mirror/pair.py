"""The two sites of the private cloud together, and what is mirrored between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from retailops.errors import ToolError
from retailops.hci.mirror.copies import States
from retailops.hci.mirror.sites import MAIN, RECOVERY, SITES, copiers, mirrored, site
from retailops.hci.standing import Standing
from retailops.model.chain import FleetFile
from retailops.ports import Json, OnLine, Play, PlayResult, Ports, Reading, RenderedFile
from retailops.render.hci import MIRROR_KEYRING, address
from retailops.render.text import rendered

PLAYBOOK = "hci_mirror"
ENTITY, PEER = "client.mirror", "client.rbd-mirror-peer"
DROP_IN = "/etc/systemd/system/ceph-rbd-mirror@.service.d/retailops.conf"
PATIENCE = 120.0


@dataclass(frozen=True)
class Pair:
    """Both sites; `minutes` are between two snapshots of a volume."""

    sites: Mapping[str, Standing]
    minutes: int

    @property
    def pools(self) -> tuple[str, ...]:
        """Those that both sites have."""
        return mirrored(self.sites[MAIN].hci, self.sites[RECOVERY].hci)

    @contextmanager
    def alone(self, doing: str) -> Iterator[None]:
        """Nobody else acts on either site meanwhile; raises `Locked` with who does."""
        with self.sites[MAIN].alone(doing):
            yield

    def states(self) -> States:
        """Both sites as they are now; one that is silent is a fact, not an error."""
        with ThreadPoolExecutor(2) as pool:
            return dict(zip(SITES, pool.map(self._state, SITES), strict=True))

    def _state(self, name: str) -> Mapping[str, Json]:
        """The first host that answers, or the others all at once: a site that is gone is not waited for host by host."""
        standing = self.sites[name]
        first, *rest = (host.id for host in standing.hci.with_role("monitor"))
        if said := self._asked(standing, first):
            return said
        with ThreadPoolExecutor(len(rest)) as pool:
            return next(filter(None, pool.map(lambda host: self._asked(standing, host), rest)), {})

    def _asked(self, standing: Standing, host: str) -> Mapping[str, Json]:
        args = {"monitor": host, "pools": list(self.pools), "entity": ENTITY}
        try:
            said = standing.ports.prober.read(standing.hosts[host], Reading("mirror_state", args, timeout=PATIENCE))
        except (KeyError, ToolError):
            return {}
        return {**said, "monitor": host} if said["made"] else {}

    def tie(self, on_line: OnLine) -> PlayResult:
        """Copiers run at both sites, each is the other's peer, every volume is mirrored. Raises `Unreachable`, `ToolError`."""
        hosts = {name: copiers(self.sites[name].hci) for name in SITES}
        variables: dict[str, dict[str, Json]] = {}
        for name, other in ((MAIN, RECOVERY), (RECOVERY, MAIN)):
            for host in hosts[name]:
                first = host == hosts[name][0]
                variables[host.id] = {**self._said(name, other), "host": host.id, "first": first}
                variables[host.id]["keyring"] = MIRROR_KEYRING.format(host.id)
        files: dict[str, RenderedFile] = {DROP_IN: rendered("hci/rbd-mirror.conf.j2")}
        reached = self.sites[MAIN].hosts
        play = Play(
            PLAYBOOK,
            {"copiers": tuple(reached[name] for name in variables)},
            dict.fromkeys(variables, files),
            variables,
        )
        return self.sites[MAIN].ports.configurator.play(play, on_line)

    def _said(self, name: str, other: str) -> dict[str, Json]:
        there = self.sites[other].hci
        monitors = ",".join(f"[v2:{address(there, host)}:3300]" for host in there.with_role("monitor"))
        return {
            "site": name,
            "pools": list(self.pools),
            "minutes": self.minutes,
            "peer": {"site": other, "monitors": monitors, "entity": PEER},
            "peer_host": copiers(there)[0].id,
        }


def pair(chain: FleetFile, minutes: int, ports: Ports) -> Pair:
    """Both sites of fleet.yaml."""
    found = [site(chain, name) for name in SITES]
    return Pair({each.name: Standing(each.hci, each.cluster, ports, each.other) for each in found}, minutes)
