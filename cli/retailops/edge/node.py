"""What the store's edge node should be: its files, the artefacts on it, its units and what its role is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retailops import assets
from retailops.edge.artifacts import Artifacts
from retailops.edge.installation import mark, variables
from retailops.edge.pins import Engine, Pins, read_pins
from retailops.edge.wanted import server_box, server_host
from retailops.model import StoreDesign
from retailops.ports import Host, RenderedFile, Site
from retailops.render.edge import edge_files
from retailops.render.edge_network import UNIT, edge_network_files


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
    host, box, pins = server_host(design, site), server_box(design), pins_of(artifacts)
    told, network = variables(box, pins, artifacts), edge_network_files(design, site, box)
    return Node(
        host=host,
        files={**network, **edge_files(design, host, site, mark(pins, artifacts))},
        installed={each["path"]: each["sha256"] for each in told["artefacts"]},
        units=(*([UNIT] if network else []), told["unit"]),
        variables=told,
    )


def pins_of(artifacts: Artifacts) -> Pins:
    """The pins of what is in the folder: the build marks its versions."""
    engine: Engine = "standin" if "+retailops" in artifacts.version else "official"
    return read_pins(assets.path("k3s", "versions.yaml"), engine)
