"""The centre's service that takes the stores' sales: what its host should have, and whether it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retailops.edge.artifacts import TILL, Artifacts
from retailops.ports import Host, Prober, Reading, RenderedFile, Site

PROGRAM = "/usr/local/lib/retailops/till"
UNIT = "retailops-centre.service"
UNIT_PATH = f"/etc/systemd/system/{UNIT}"
UNIT_FILE = RenderedFile(
    b"""# Written by retailops; changes here are overwritten.
[Unit]
Description=The centre's service that takes the stores' sales
After=network-online.target
Wants=network-online.target

[Service]
User=retailops-centre
StateDirectory=retailops-centre
ExecStart=/usr/local/lib/retailops/till centre --listen=:8080 --data=/var/lib/retailops-centre
Restart=always
RestartSec=1
NoNewPrivileges=true
ProtectSystem=strict
PrivateTmp=true

[Install]
WantedBy=multi-user.target
"""
)


@dataclass(frozen=True)
class CentreFacts:
    """`files` path -> SHA-256 or None; `active` says whether the unit runs."""

    files: Mapping[str, str | None]
    active: bool


def host_of(site: Site) -> Host | None:
    """The centre's service host; None where the company runs its own."""
    return next((host for host in site.hosts if host.role == "centre"), None)


def read(prober: Prober, host: Host) -> CentreFacts:
    answer = prober.read(host, Reading("node_state", {"files": [PROGRAM, UNIT_PATH], "units": [UNIT]}))
    return CentreFacts(answer["files"], answer["units"][UNIT]["active"] == "active")


def variables(artifacts: Artifacts) -> Mapping[str, Any]:
    return {"binary": str(artifacts.folder / TILL)}
