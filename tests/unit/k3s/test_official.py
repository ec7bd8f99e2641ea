"""A release goes before the stand-in only with every pinned digest, and nothing of it is run to find out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from retailops.edge.artifacts import read_artifacts
from retailops.edge.official import choose, places_of
from retailops.edge.pins import Pins

BINARY, ARCHIVE = b"#!/bin/false\n", b"tar"
PINS = Pins(
    "official",
    "v1.36.3+k3s1",
    hashlib.sha256(BINARY).hexdigest(),
    (),
    (),
    (),
    {"airgap.tar": hashlib.sha256(ARCHIVE).hexdigest()},
)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "cache" / "key"
    folder.mkdir(parents=True)
    digests = {}
    for name in ("k3s", "till", "till-image.tar", "pause-image.tar"):
        (folder / name).write_text(f"stand-in's {name}")
        digests[name] = hashlib.sha256(f"stand-in's {name}".encode()).hexdigest()
    images = {"till": {"reference": "till:1"}, "pause": {"reference": "pause:1"}}
    (folder / "build.json").write_text(json.dumps({"version": "v1+retailops1", "sha256": digests, "images": images}))
    return folder


def release(folder: Path) -> Path:
    folder.mkdir()
    (folder / "k3s").write_bytes(BINARY)
    (folder / "airgap.tar").write_bytes(ARCHIVE)
    return folder


def test_a_pinned_release_takes_the_stand_ins_place_and_the_till_stays(built: Path, tmp_path: Path) -> None:
    places = places_of("/nowhere:" + str(release(tmp_path / "bin")), tmp_path / "cache")
    for _ in range(2):
        found = read_artifacts(choose(built, PINS, places))
        assert (found.version, found.digests["k3s"], found.images) == ("v1.36.3+k3s1", PINS.sha256, {"till": "till:1"})
        assert found.archives == ("airgap.tar", "till-image.tar")
        assert all(
            hashlib.sha256((found.folder / name).read_bytes()).hexdigest() == digest
            for name, digest in found.digests.items()
        )


@pytest.mark.parametrize("spoil", ["k3s", "airgap.tar"])
def test_another_digest_is_not_taken(built: Path, tmp_path: Path, spoil: str) -> None:
    place = release(tmp_path / "bin")
    (place / spoil).write_bytes(b"something else")
    assert choose(built, PINS, [place]) == built


def test_what_nobody_pinned_is_not_taken(built: Path, tmp_path: Path) -> None:
    assert choose(built, replace(PINS, sha256=""), [release(tmp_path / "bin")]) == built
