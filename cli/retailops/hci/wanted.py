"""What each hyperconverged host should be: its files, what its roles are told, and the groups that it is in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from retailops.hci.machines.carried import carried
from retailops.model.hosts import Hci, Pool
from retailops.model.hosts import Host as Described
from retailops.ports import Json, RenderedFile
from retailops.render.hci import Other, hci_files, osd_id
from retailops.render.hci_cluster import Carried, cluster_files, members
from retailops.render.hci_crush import rule_steps
from retailops.render.hci_machines import machine_files
from retailops.render.hci_time import time_files

RULE = "copies"
GROUPS = {"monitor": "monitors", "storage": "storage"}
DISKS = {"packages": "/srv/disks", "cephadm": "/dev/disk/by-id"}
CLUSTER_UNITS = ("corosync.service", "pacemaker.service")
GROUPS_PER_DISK = 64
"""Placement groups that a disk holds about, of all pools; Ceph's own advice is 50 to 200."""

SETTINGS: Mapping[str, Mapping[str, str]] = {
    "mgr": {"mgr/balancer/active": "true", "mgr/balancer/mode": "upmap", "mgr/balancer/upmap_max_deviation": "1"},
    "mon": {"mon_warn_on_pool_no_redundancy": "true"},
    "osd": {"osd_crush_initial_weight": "0"},
}
"""What the cluster keeps itself: copies are moved until every disk is as full as the others, and a disk that comes later gets none
before it is given a weight, a little at a time.
"""


@dataclass(frozen=True)
class HostWanted:
    """`place` is (room, rack), `variables` what roles see as `retailops`; `units` run when it is right, those of disks left out:
    their numbers are the cluster's.
    """

    name: str
    place: tuple[str, str]
    files: Mapping[str, RenderedFile]
    variables: Mapping[str, Json]
    groups: tuple[str, ...]
    units: tuple[str, ...]


def hosts_wanted(hci: Hci, chain: str, other: Other | None = None) -> tuple[HostWanted, ...]:
    """Every host of one site, in the order of fleet.yaml."""
    taken_over = tuple(carried(hci)) if members(hci) else ()
    machines = machine_files(hci, chain)
    return tuple(_host(hci, chain, host, other, machines, taken_over) for host in hci.hosts)


def _elections(hci: Hci) -> dict[str, Json]:
    """Between two rooms the side that hears the tie-break leads, and goes on leading; the tie-break itself is only a voice."""
    if hci.tie_break:
        return {"strategy": "connectivity", "never": [hci.tie_break]}
    return {"strategy": "classic", "never": []}


def placement_groups(hci: Hci, pool: Pool) -> int:
    """A power of two, by the pool's share of the disks."""
    disks = sum(len(host.disks) for host in hci.hosts)
    wanted = disks * GROUPS_PER_DISK * pool.share / 100 / pool.replicas
    return 1 << max(3, round(log2(max(1, wanted))))


def fencing_caps(hci: Hci) -> dict[str, str]:
    """What the key that cuts hosts off from storage may do: the blocklist, and the locks of volumes."""
    pools = ", ".join(f"profile rbd pool={pool.id}" for pool in hci.pools)
    return {"mon": 'allow r, allow command "osd blocklist"', "osd": pools}


def disk_weights(hci: Hci, chain: str, without: Collection[str] = ()) -> dict[str, float]:
    """Uuid of each disk -> its weight, its size in TiB; 0 on the hosts `without`."""
    found: dict[str, float] = {}
    for host in hci.with_role("storage"):
        slots = {slot.id: slot.gib for slot in hci.model_of[host.id].slots}
        for slot, serial in host.disks.items():
            found[str(osd_id(chain, serial))] = 0.0 if host.id in without else slots[slot] / 1024
    return found


def _host(
    hci: Hci,
    chain: str,
    host: Described,
    other: Other | None,
    machines: Mapping[str, RenderedFile],
    taken_over: Sequence[Carried],
) -> HostWanted:
    slots = {slot.id: slot for slot in hci.model_of[host.id].slots}
    disks: list[Json] = [
        {
            "serial": serial,
            "uuid": str(osd_id(chain, serial)),
            "kind": slots[slot].kind,
            "path": f"{DISKS[hci.backend]}/{serial}",
        }
        for slot, serial in host.disks.items()
    ]
    pools: list[Json] = [
        {
            "id": pool.id,
            "replicas": pool.replicas,
            "least": hci.least_copies(pool),
            "groups": placement_groups(hci, pool),
        }
        for pool in hci.pools
    ]
    monitor = (f"ceph-mon@{host.id}.service", f"ceph-mgr@{host.id}.service") if "monitor" in host.roles else ()
    member = host in members(hci)
    return HostWanted(
        name=host.id,
        place=(next(rack.room for rack in hci.racks if rack.id == host.rack), host.rack),
        files={
            **hci_files(hci, chain, host, other),
            **time_files(hci, host),
            **cluster_files(hci, chain, host, taken_over),
            **(machines if "machines" in host.roles else {}),
        },
        variables={
            "host": host.id,
            "monitors": [each.id for each in hci.with_role("monitor")],
            "disks": disks,
            "elections": _elections(hci),
            "rule": {"name": RULE, "steps": [dict(step) for step in rule_steps(hci)]},
            "pools": pools,
            "settings": {daemon: dict(values) for daemon, values in SETTINGS.items()},
            **({"fencing_caps": fencing_caps(hci)} if member else {}),
        },
        groups=("hci", *(GROUPS[role] for role in host.roles if role in GROUPS), *(("cluster",) if member else ())),
        units=("retailops-firewall.service", "chrony.service", *monitor, *(CLUSTER_UNITS if member else ())),
    )
