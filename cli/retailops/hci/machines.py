"""The virtual machines: what is wanted of the hosts for them, where each runs now, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from retailops.errors import ToolError
from retailops.hci.placement import place
from retailops.model.hosts import Hci
from retailops.ports import Configurator, Host, Json, OnLine, Play, PlayResult, Prober, Reading
from retailops.render import hci_machines as files
from retailops.render.hci_cluster import members

PLAYBOOK = "hci_machines"
IMAGES = "/var/lib/retailops/images"


def run_machines(
    configurator: Configurator, hci: Hci, chain: str, root: Path, hosts: Mapping[str, Host], on_line: OnLine
) -> PlayResult:
    """Makes what is missing of volumes, networks and descriptions, and starts what runs nowhere; images lie under `root`.

    Where hosts take over each other's machines it starts none: what runs nowhere may wait for a proof, and Pacemaker knows.
    Raises `Unreachable`, `ToolError`; the machines of other hosts are started then.
    """
    monitors, bearers = hci.with_role("monitor"), hci.with_role("machines")
    groups = {
        "monitors": tuple(hosts[host.id] for host in monitors),
        "machines": tuple(hosts[host.id] for host in bearers),
    }
    where, described = {} if members(hci) else place(hci).host, files.machine_files(hci, chain)
    variables: dict[str, Json] = {
        host.id: {
            "host": host.id,
            "machines": {
                "pools": _pools(hci, chain, root),
                "start": _start(hci, chain, [name for name, at in where.items() if at == host.id]),
            },
        }
        for host in (*monitors, *bearers)
    }
    return configurator.play(Play(PLAYBOOK, groups, {host.id: described for host in bearers}, variables), on_line)


def _pools(hci: Hci, chain: str, root: Path) -> list[Json]:
    """Each pool with machines, its images, seeds and volumes."""
    images = {image.id: image for image in hci.images}
    found: list[Json] = []
    for pool in hci.pools:
        mine = [machine for machine in hci.machines if machine.pool == pool.id]
        used = {machine.image: images[machine.image] for machine in mine}
        found.append(
            {
                "id": pool.id,
                "secret": str(files.secret_id(chain, pool.id)),
                "images": [
                    {
                        "name": files.image_name(image),
                        "sha256": image.sha256,
                        "source": str(root / image.file),
                        "file": f"{IMAGES}/{files.image_name(image)}",
                    }
                    for image in used.values()
                ],
                "seeds": [{"name": files.seed_name(hci, each), "files": dict(files.seed(hci, each))} for each in mine],
                "volumes": [
                    {
                        "name": files.volume_name(each.id),
                        "image": files.image_name(images[each.image]),
                        "gib": each.disk_gib,
                    }
                    for each in mine
                ],
            }
        )
    return found


def _start(hci: Hci, chain: str, names: list[str]) -> list[Json]:
    """The most important first."""
    mine = [machine for machine in hci.machines if machine.id in names]
    return [
        {
            "id": each.id,
            "path": files.domain_path(each.id),
            "pool": each.pool,
            "volume": files.volume_name(each.id),
            "secret": str(files.secret_id(chain, each.pool)),
        }
        for each in sorted(mine, key=lambda each: -each.priority)
    ]


@dataclass(frozen=True)
class MachineFacts:
    """`at`: machine -> (host, state) of every host on which it runs; `silent` hosts could not be asked."""

    at: Mapping[str, tuple[tuple[str, str], ...]]
    silent: tuple[str, ...] = ()

    def host(self, machine: str) -> str | None:
        """Where it runs; None where that is nowhere, or in two places."""
        found = self.at.get(machine, ())
        return found[0][0] if len(found) == 1 else None


def read_machines(prober: Prober, hci: Hci, hosts: Mapping[str, Host]) -> MachineFacts:
    """Asks every host with the role machines at once."""
    names = [host.id for host in hci.with_role("machines")]
    with ThreadPoolExecutor(max(1, min(16, len(names)))) as pool:
        answers = dict(zip(names, pool.map(lambda name: _running(prober, hosts.get(name)), names), strict=True))
    at: dict[str, tuple[tuple[str, str], ...]] = {}
    for name, said in answers.items():
        for machine, state in (said or {}).items():
            at[machine] = (*at.get(machine, ()), (name, state))
    return MachineFacts(at, tuple(name for name, said in answers.items() if said is None))


def _running(prober: Prober, host: Host | None) -> Mapping[str, str] | None:
    if host is None:
        return None
    try:
        found: Mapping[str, str] = prober.read(host, Reading("machines_state", {}, timeout=60))["running"]
    except ToolError:
        return None
    return found


def wrong(hci: Hci, facts: MachineFacts) -> Iterator[str]:
    """What is wrong with where machines run, a line each."""
    known = [machine.id for machine in hci.machines]
    for name in facts.silent:
        yield f"{name} can't be asked which machines it runs"
    for machine in known:
        places = facts.at.get(machine, ())
        if len(places) > 1:
            names = " and ".join(host for host, _ in places)
            yield f"machine {machine} runs on {names}: stop one at once, its disk is being destroyed"
        elif not places:
            seen = f", unless on {', '.join(facts.silent)}" if facts.silent else "; retailops hci up starts it"
            yield f"machine {machine} runs nowhere{seen}"
        elif places[0][1] != "running":
            yield f"machine {machine} is {places[0][1]} on {places[0][0]}"
    for stranger in sorted(set(facts.at) - set(known)):
        yield f"machine {stranger} runs on {facts.at[stranger][0][0]} and is not in fleet.yaml"
