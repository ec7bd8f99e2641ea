"""What the store's edge node should be: its files, the artefacts on it, its units and what its role is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retailops.edge.artifacts import Artifacts
from retailops.edge.wanted import server_host
from retailops.model import StoreDesign
from retailops.ports import Host, RenderedFile, Site
from retailops.render.edge import edge_files, unit_of
from retailops.render.stack_config import TILL_USER

BINARY_PATH = "/usr/local/bin/k3s"
IMAGES = "/var/lib/rancher/k3s/agent/images"
JOURNAL = "/var/lib/retailops/till"


@dataclass(frozen=True)
class Node:
    """`installed` maps a path on the node to the SHA-256 that is pinned for it; `variables` is what the role sees."""

    host: Host
    files: Mapping[str, RenderedFile]
    installed: Mapping[str, str]
    units: tuple[str, ...]
    variables: Mapping[str, Any]


def node_of(design: StoreDesign, site: Site, artifacts: Artifacts) -> Node:
    """The one server of the store."""
    host = server_host(design, site)
    places = {artifacts.binary: BINARY_PATH, **{name: f"{IMAGES}/{name}" for name in artifacts.archives}}
    mark = {"engine": artifacts.engine, "version": artifacts.version, "binary": artifacts.digests[artifacts.binary]}
    unit = unit_of("server")
    return Node(
        host=host,
        files=edge_files(design, host, site, mark),
        installed={path: artifacts.digests[name] for name, path in places.items()},
        units=(unit,),
        variables=_variables(artifacts, host, unit, places),
    )


def _variables(artifacts: Artifacts, host: Host, unit: str, places: Mapping[str, str]) -> dict[str, Any]:
    return {
        "engine": artifacts.engine,
        "node": host.name,
        "unit": unit,
        "artefacts": [
            {
                "source": str(artifacts.folder / name),
                "path": path,
                "sha256": artifacts.digests[name],
                "mode": "0755" if name == artifacts.binary else "0644",
            }
            for name, path in places.items()
        ],
        "packages": list(artifacts.packages),
        "masked_units": list(artifacts.masked_units),
        "folders": [
            {"path": IMAGES, "owner": "0", "mode": "0755"},
            {"path": JOURNAL, "owner": str(TILL_USER), "mode": "0700"},
        ],
    }
