"""What is put on an edge node: the cluster binary and the images, built or taken from a release, each with its digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from retailops.errors import RetailopsError

RECORD = "build.json"
BINARY = "k3s"
TILL = "till"


@dataclass(frozen=True)
class Artifacts:
    """`version` is the cluster's; `digests` maps a file of `folder` to its SHA-256 in hex; `images` a name to its reference.

    `pinned` maps a name to the reference by digest, for those whose digest is known.
    """

    folder: Path
    version: str
    digests: Mapping[str, str]
    images: Mapping[str, str]
    pinned: Mapping[str, str] = field(default_factory=dict)

    @property
    def archives(self) -> tuple[str, ...]:
        """The image archives among the files."""
        return tuple(sorted(name for name in self.digests if name.endswith(".tar")))


def read_artifacts(folder: Path) -> Artifacts:
    """From the record beside the files; raises `RetailopsError` where nothing was built yet."""
    try:
        record = json.loads((folder / RECORD).read_text())
        images = {name: str(image["reference"]) for name, image in record["images"].items()}
        pinned = {
            name: f"{images[name].rpartition(':')[0]}@{image['digest']}"
            for name, image in record["images"].items()
            if "digest" in image
        }
        return Artifacts(folder, str(record["version"]), dict(record["sha256"]), images, pinned)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RetailopsError(
            f"the cluster's binary is not built: {folder / RECORD} can't be read",
            details=str(error),
            resolution="retailops lab up builds it, or k3s/build into that folder.",
        ) from error
