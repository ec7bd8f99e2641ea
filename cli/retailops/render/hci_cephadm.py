"""Cephadm's specifications of the same hosts: what `ceph orch apply -i` and `cephadm bootstrap` read. Rendered, never applied here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from retailops.model.hosts import Hci, Host
from retailops.render.hci import Other, address

BY_ID = "/dev/disk/by-id"
MANAGERS = 3


def cephadm_spec(hci: Hci, other: Other | None = None) -> bytes:
    """Hosts with their places, monitors, managers, and each host's disks by serial number; a stream of YAML documents."""
    documents = (*(_host(hci, host) for host in hci.hosts), *_services(hci, other))
    return yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True).encode()


def _host(hci: Hci, host: Host) -> dict[str, Any]:
    room = next(rack.room for rack in hci.racks if rack.id == host.rack)
    return {
        "service_type": "host",
        "hostname": host.id,
        "addr": str(address(hci, host, "management")),
        "labels": sorted(host.roles),
        "location": {"root": "default", "room": room, "rack": host.rack},
    }


def _services(hci: Hci, other: Other | None) -> Iterator[dict[str, Any]]:
    monitors = [host.id for host in hci.with_role("monitor")]
    yield {"service_type": "mon", "placement": {"hosts": monitors}}
    yield {"service_type": "mgr", "placement": {"hosts": monitors[:MANAGERS]}}
    for host in hci.with_role("storage"):
        yield {
            "service_type": "osd",
            "service_id": host.id,
            "placement": {"hosts": [host.id]},
            "spec": {
                "data_devices": {"paths": [f"{BY_ID}/{serial}" for serial in host.disks.values()]},
                "encrypted": True,
            },
        }
    if other:
        yield {"service_type": "rbd-mirror", "placement": {"hosts": list(other.copiers)}}
