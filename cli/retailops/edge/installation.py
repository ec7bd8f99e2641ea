"""What the role k3s is told about one node: the artefact, what it needs beside it, and where all of it goes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from retailops.edge.artifacts import BINARY, Artifacts
from retailops.edge.pins import Pins
from retailops.errors import RetailopsError
from retailops.model import Box
from retailops.render.edge import unit_of

BINARY_PATH = "/usr/local/bin/k3s"
IMAGES = "/var/lib/rancher/k3s/agent/images"
JOURNAL = "/var/lib/retailops/till"
TILL_USER = "10001"


def mark(pins: Pins, artifacts: Artifacts) -> Mapping[str, str]:
    """What the cluster remembers of who wrote it last."""
    return {"engine": pins.engine, "version": pins.version, "binary": _digest(pins, artifacts)}


def variables(box: Box, pins: Pins, artifacts: Artifacts) -> dict[str, Any]:
    """The role's variables for a box with a part in the cluster. Raises `RetailopsError` for a binary that nobody pinned."""
    binary = {"source": str(artifacts.folder / BINARY), "path": BINARY_PATH, "mode": "0755"}
    archives = [
        {
            "source": str(artifacts.folder / name),
            "path": f"{IMAGES}/{name}",
            "mode": "0644",
            "sha256": artifacts.digests[name],
        }
        for name in artifacts.archives
    ]
    return {
        "engine": pins.engine,
        "node": box.host,
        "unit": unit_of(box.cluster or "server"),
        "artefacts": [{**binary, "sha256": _digest(pins, artifacts)}, *archives],
        "packages": list(pins.packages),
        "masked_units": list(pins.masked),
        "folders": [
            {"path": IMAGES, "owner": "0", "mode": "0755"},
            {"path": str(PurePosixPath(JOURNAL).parent), "owner": "0", "mode": "0755"},
            {"path": JOURNAL, "owner": TILL_USER, "mode": "0700"},
        ],
    }


def _digest(pins: Pins, artifacts: Artifacts) -> str:
    wanted = artifacts.digests[BINARY] if pins.sha256 == "build" else pins.sha256
    if len(wanted) != 64:
        raise RetailopsError(
            f"K3s {pins.version} has no pinned digest, and nothing unpinned is installed",
            resolution=f"Put the SHA-256 of its binary into k3s/versions.yaml (artifacts: {pins.engine}: sha256).",
        )
    return wanted
