"""k3s/versions.yaml: which artefact runs a store's cluster, and what it needs beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from retailops.errors import FleetError, Problem

Engine = Literal["official", "standin"]


@dataclass(frozen=True)
class Pins:
    """One artefact: `sha256` is its binary's in hex, `build` where the build says it, empty where nobody has pinned it.

    `packages` are Debian's, `masked` units of Debian's that must not run beside ours, `lacks` what a person should know,
    `archives` image archives that come with a release, by name, with their SHA-256.
    """

    engine: Engine
    version: str
    sha256: str
    packages: tuple[str, ...]
    masked: tuple[str, ...]
    lacks: tuple[str, ...]
    archives: Mapping[str, str] = field(default_factory=dict)


def read_pins(path: Path, engine: Engine) -> Pins:
    """Raises `FleetError` where the file does not say what is needed."""
    try:
        artifact: Mapping[str, Any] = yaml.safe_load(path.read_text())["artifacts"][engine]
        return Pins(
            engine,
            str(artifact["version"]),
            str(artifact["sha256"]),
            tuple(artifact["packages"]),
            tuple(artifact.get("masked_units", ())),
            tuple(artifact.get("lacks", ())),
            {each["file"]: str(each["sha256"]) for each in artifact["images"] if each["sha256"] != "build"},
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise FleetError(
            f"{path.name} has no usable pins for {engine}", [Problem(str(path), 0, 0, str(error))]
        ) from error
