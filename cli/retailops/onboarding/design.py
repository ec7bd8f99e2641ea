"""The design digest of a store: what evidence and gates hang on."""

from __future__ import annotations

import hashlib
from pathlib import Path

from retailops import assets
from retailops.edge.wanted import server_box
from retailops.model import StoreDesign
from retailops.plan import design_digest
from retailops.render.wan_store import gateway_of

PINNED = ("k3s/versions.yaml", "stacks/edge")
"""Files and folders of the tool that say what a store runs."""


def digest_of(design: StoreDesign) -> str:
    """64 hex digits over the resolved model and the pins; no facts, times or other stores."""
    return design_digest(design.document(), {}, {name: _content(assets.path(name)) for name in PINNED})


def can_be_built(design: StoreDesign) -> None:
    """Raises `RetailopsError` for a format that this form does not build yet, before anything is touched."""
    if design.planes.wan != "absent":
        gateway_of(design)
    if design.planes.edge != "absent":
        server_box(design)


def _content(path: Path) -> dict[str, str]:
    files = [path] if path.is_file() else sorted(path.rglob("*")) if path.is_dir() else []
    kept = [file for file in files if file.is_file() and not _by_product(file)]
    return {str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest() for file in kept}


def _by_product(file: Path) -> bool:
    return file.suffix == ".pyc" or (file.name.startswith("Pulumi.") and file.name != "Pulumi.yaml")
