"""Bringing virtual machines up: their images, seeds and disks, what hosts need for them, and those that begin on each host."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from retailops.hci.machines.placement import place
from retailops.model.hosts import Hci
from retailops.ports import Configurator, Host, Json, OnLine, Play, PlayResult
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
