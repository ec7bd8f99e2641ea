"""The files of a hyperconverged host: the storage cluster's configuration and the firewall."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from retailops.model.hosts import GIB, Hci, Host
from retailops.ports import RenderedFile
from retailops.render.hci_cluster import PORT, members
from retailops.render.text import rendered

CONF = "/etc/ceph/ceph.conf"
FIREWALL = "/etc/retailops/firewall.nft"
MIRROR_KEYRING = "/var/lib/ceph/rbd-mirror/ceph-{}/keyring"
UNIT = "/etc/systemd/system/retailops-firewall.service"
_FILES_MEMORY = GIB * 7 // 8
"""OSDs on files share one computer's memory; Ceph takes no less."""


@dataclass(frozen=True)
class Other:
    """The other site: its storage network, whose hosts may ask ours, and which hosts here copy from it."""

    storage: IPv4Network
    copiers: tuple[str, ...]


def cluster_id(chain: str) -> uuid.UUID:
    """The storage cluster's id: the same for the same chain, so that nothing has to remember it."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, f"hci.{chain}.retailops.internal")


def osd_id(chain: str, serial: str) -> uuid.UUID:
    """What a disk is called in the cluster: the same for the same disk, in whichever slot it is."""
    return uuid.uuid5(cluster_id(chain), serial)


def address(hci: Hci, host: Host, network: str = "storage") -> IPv4Address:
    return hci.prefixes[network][host.number]


def hci_files(hci: Hci, chain: str, host: Host, other: Other | None = None) -> dict[str, RenderedFile]:
    """Path -> file of one host."""
    monitors, most = hci.with_role("monitor"), max(hci.pools, key=lambda pool: pool.replicas)
    racks = {rack.id: rack.room for rack in hci.racks}
    location = f"root=default room={racks[host.rack]} rack={host.rack} host={host.id}" if host.disks else ""
    # On files both networks are one; an address on each would be promised and not there.
    cluster = hci.prefixes["storage" if hci.backend == "packages" else "cluster"]
    conf = rendered(
        "hci/ceph.conf.j2",
        host=host.id,
        chain=chain,
        fsid=cluster_id(chain),
        monitors=[f"[v2:{address(hci, each)}:3300]" for each in monitors],
        names=[each.id for each in monitors],
        storage=hci.prefixes["storage"],
        cluster=cluster,
        replicas=most.replicas,
        least=hci.least_copies(most),
        location=location,
        osd_memory=_FILES_MEMORY if hci.backend == "packages" else 4 * GIB,
        files=hci.backend == "packages",
        scrub=hci.scrub,
        copier=MIRROR_KEYRING.format(host.id) if other and host.id in other.copiers else "",
    )
    clients = [hci.prefixes["storage"], *([other.storage] if other else [])]
    firewall = rendered(
        "hci/firewall.nft.j2",
        host=host.id,
        management=hci.model_of[host.id].management,
        monitor="monitor" in host.roles,
        corosync=PORT if host in members(hci) else None,
        storage=hci.prefixes["storage"],
        clients=clients,
        networks=list(dict.fromkeys((*clients, cluster))),
    )
    return {CONF: conf, FIREWALL: firewall, UNIT: rendered("wan/firewall.service.j2")}
