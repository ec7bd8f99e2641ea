"""An official K3s release is taken before the stand-in, wherever one lies that has the pinned digest."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from retailops.edge.artifacts import BINARY, RECORD
from retailops.edge.pins import Pins


def choose(built: Path, pins: Pins, places: Sequence[Path]) -> Path:
    """A folder to read artefacts from: `built` itself, or one beside it with the release in the stand-in's place.

    `places` are folders where a release may lie (of the PATH, of a cache, a mirror); it counts if its binary and each image archive of
    the pins have their pinned digests. Nothing is run to find that out.
    """
    for place in places:
        if pins.sha256 and _digest(place / BINARY) == pins.sha256:
            archives = {name: place / name for name, wanted in pins.archives.items() if _digest(place / name) == wanted}
            if archives.keys() == pins.archives.keys():
                return _assemble(built, pins, {BINARY: place / BINARY, **archives})
    return built


def _assemble(built: Path, pins: Pins, release: Mapping[str, Path]) -> Path:
    record = json.loads((built / RECORD).read_text())
    ours = {name: built / name for name in record["sha256"] if name not in (BINARY, "pause-image.tar")}
    files = {**ours, **release}
    digests = {**{name: record["sha256"][name] for name in ours}, BINARY: pins.sha256, **pins.archives}
    target = built.with_name(f"{built.name}-{pins.sha256[:16]}")
    half = Path(tempfile.mkdtemp(prefix=".official-", dir=built.parent))
    for name, path in files.items():
        (half / name).symlink_to(path.resolve())
    images = {name: image for name, image in record["images"].items() if name != "pause"}
    (half / RECORD).write_text(json.dumps({**record, "version": pins.version, "sha256": digests, "images": images}))
    return _put(half, target)


def _put(half: Path, target: Path) -> Path:
    """Links may have moved since, so an older folder is replaced."""
    target.mkdir(exist_ok=True)
    for path in half.iterdir():
        path.replace(target / path.name)
    half.rmdir()
    return target


def places_of(path: str, cache: Path, mirror: Path | None = None) -> tuple[Path, ...]:
    """Folders to look in: those of a PATH, then `<cache>/official`, then a mirror that is mounted here."""
    return tuple(_places(path, cache, mirror))


def _places(path: str, cache: Path, mirror: Path | None) -> Iterator[Path]:
    yield from (Path(each) for each in path.split(os.pathsep) if each)
    yield cache / "official"
    if mirror is not None:
        yield mirror


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
