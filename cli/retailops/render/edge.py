"""Files of an edge node: K3s' own configuration, its unit, and the mark of what wrote the cluster last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from retailops.addressing import POD_RANGE, SERVICE_RANGE
from retailops.errors import RetailopsError
from retailops.model import Box, StoreDesign
from retailops.ports import Host, RenderedFile, Site

CONFIG = "/etc/rancher/k3s/config.yaml"
MARK = "/etc/rancher/k3s/.retailops"
JOIN_TOKEN = "/etc/rancher/k3s/join-token"
API_PORT = 6443
HEADER = "# Written by retailops; changes here are overwritten.\n"

UNPACKAGED = ["traefik", "servicelb", "local-storage", "metrics-server"]
"""What K3s would bring along and a store does not need."""

_CLUSTER: Mapping[str, Any] = {
    "cluster-cidr": str(POD_RANGE),
    "service-cidr": str(SERVICE_RANGE),
    "flannel-backend": "host-gw",
    "secrets-encryption": True,
    "write-kubeconfig-mode": "0600",
    "disable": UNPACKAGED,
}

_UNIT = """[Unit]
Description=Lightweight Kubernetes ({role})
Documentation=https://docs.k3s.io
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
EnvironmentFile=-/etc/default/%N
# Pods live through a restart of this unit: the supervisor alone is told to stop, and it ends its other children itself.
KillMode=process
Delegate=yes
User=root
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
TimeoutStopSec=45
Restart=always
RestartSec=5s
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/k3s {role}

[Install]
WantedBy=multi-user.target
"""


def unit_of(part: str) -> str:
    """The unit of a `server` or an `agent`, as K3s' own installer names them."""
    return "k3s.service" if part == "server" else "k3s-agent.service"


def edge_files(design: StoreDesign, host: Host, _site: Site, mark: Mapping[str, str]) -> dict[str, RenderedFile]:
    """Path -> file for `host`, a box of the design with a part in the cluster.

    `mark` is what the cluster will remember of who wrote it last: `engine` (`official` or `standin`), `version`, `binary` (SHA-256 in
    hex); another binary is thereby another file, and the role restarts for it. No secret is among the files: an agent's join token
    is made on the server when it is needed. Raises `RetailopsError` for a host without a part in the cluster.
    """
    box = next((box for box in design.boxes if box.host == host.name), None)
    if box is None or box.cluster is None:
        raise RetailopsError(f"{host.name} has no part in the cluster of {design.id}", resolution="Look at its format.")
    settings = _server(design, box) if box.cluster == "server" else _agent(design, box)
    return _files(settings, box.cluster, mark)


def member_files(
    name: str, address: str, server: str | None, labels: Mapping[str, str], mark: Mapping[str, str]
) -> dict[str, RenderedFile]:
    """Path -> file for a node outside every store: the server itself where `server` is None, else an agent of that address."""
    settings: dict[str, Any] = {"node-name": name, "node-ip": address}
    if labels:
        settings["node-label"] = [f"{key}={value}" for key, value in labels.items()]
    if server is None:
        settings |= {"tls-san": [name, address], **_CLUSTER}
    else:
        settings |= {"server": f"https://{server}:{API_PORT}", "token-file": JOIN_TOKEN}
    role = "server" if server is None else "agent"
    return _files(settings, role, mark)


def _files(settings: Mapping[str, Any], role: str, mark: Mapping[str, str]) -> dict[str, RenderedFile]:
    return {
        CONFIG: RenderedFile((HEADER + yaml.safe_dump(dict(settings), sort_keys=False)).encode(), "0600"),
        MARK: RenderedFile((json.dumps(dict(mark), sort_keys=True) + "\n").encode()),
        f"/etc/systemd/system/{unit_of(role)}": RenderedFile((HEADER + _UNIT.format(role=role)).encode()),
    }


def _node(design: StoreDesign, box: Box) -> dict[str, Any]:
    return {
        "node-name": box.host,
        "node-ip": str(box.address),
        "node-label": [f"retailops.io/store={design.id}", f"retailops.io/box={box.name}"],
    }


def _server(design: StoreDesign, box: Box) -> dict[str, Any]:
    servers = [each for each in design.boxes if each.cluster == "server"]
    settings = _node(design, box) | {
        "tls-san": [box.host, f"{box.name}.{design.domain}", str(box.address)],
        **_CLUSTER,
    }
    if len(servers) > 1 and box is servers[0]:
        settings["cluster-init"] = True
    elif len(servers) > 1:
        settings |= _joining(servers[0])
    return settings


def _agent(design: StoreDesign, box: Box) -> dict[str, Any]:
    first = next(each for each in design.boxes if each.cluster == "server")
    return _node(design, box) | _joining(first)


def _joining(first: Box) -> dict[str, Any]:
    return {"server": f"https://{first.address}:{API_PORT}", "token-file": JOIN_TOKEN}
