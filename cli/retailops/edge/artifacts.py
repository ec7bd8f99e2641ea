"""What is put on an edge node: the cluster binary and the images, each with its digest, and what they need beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from retailops import assets
from retailops.errors import RetailopsError

RECORD = "build.json"
TILL = "till"
BUILT = "build"
ENGINE = "standin"


@dataclass(frozen=True)
class Artifacts:
    """`digests` maps a file of `folder` to its SHA-256 in hex; `archives` are the image archives among them.

    `engine` is `official` or `standin`, `version` the cluster's; `packages` and `masked_units` are what the node needs beside it.
    """

    folder: Path
    engine: str
    version: str
    binary: str
    archives: tuple[str, ...]
    digests: Mapping[str, str]
    packages: tuple[str, ...]
    masked_units: tuple[str, ...]
    till_image: str


def read_artifacts(folder: Path) -> Artifacts:
    """From the pins and the record beside the files; raises `RetailopsError` where nothing was built yet."""
    pins = yaml.safe_load(assets.path("k3s", "versions.yaml").read_text())
    pinned = pins["artifacts"][ENGINE]
    digests = _record(folder)["sha256"]
    archives = tuple(image["file"] for image in (*pinned["images"], *pins["images"]))
    return Artifacts(
        folder=folder,
        engine=ENGINE,
        version=str(pinned["version"]),
        binary=str(pinned["binary"]),
        archives=archives,
        digests={name: str(digests[name]) for name in (pinned["binary"], *archives, TILL)},
        packages=tuple(pinned["packages"]),
        masked_units=tuple(pinned.get("masked_units", ())),
        till_image=next(image["reference"] for image in pins["images"] if image["name"] == TILL),
    )


def _record(folder: Path) -> Any:
    try:
        return json.loads((folder / RECORD).read_text())
    except (OSError, ValueError) as error:
        raise RetailopsError(
            f"the cluster's binary is not built: {folder / RECORD} can't be read",
            details=str(error),
            resolution="retailops lab up builds it, or k3s/build into that folder.",
        ) from error
