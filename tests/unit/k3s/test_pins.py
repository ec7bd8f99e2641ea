"""The pins, what the role is told by them, and that an artefact which nobody pinned goes nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from retailops import assets
from retailops.edge.artifacts import Artifacts
from retailops.edge.installation import mark, variables
from retailops.edge.pins import Pins, read_pins
from retailops.errors import FleetError, RetailopsError
from retailops.model import load_design
from retailops.model.sample.write import write_sample

VERSIONS = assets.path("k3s", "versions.yaml")
BUILT = Artifacts(Path("/cache"), "v1", {"k3s": "a" * 64, "till": "b" * 64, "till-image.tar": "c" * 64}, {})


def test_the_build_is_taken_at_its_word_and_its_archives_come_along(tmp_path: Path) -> None:
    write_sample(tmp_path / "chain", 1)
    box = load_design(tmp_path / "chain", "hz0001").box("edge1")
    told = variables(box, read_pins(VERSIONS, "standin"), BUILT)
    assert [(each["path"], each["sha256"]) for each in told["artefacts"]] == [
        ("/usr/local/bin/k3s", "a" * 64),
        ("/var/lib/rancher/k3s/agent/images/till-image.tar", "c" * 64),
    ]
    assert (told["node"], told["unit"], told["masked_units"]) == ("hz0001-edge1", "k3s.service", ["containerd.service"])


def test_an_unpinned_release_is_refused() -> None:
    with pytest.raises(RetailopsError, match="no pinned digest"):
        mark(read_pins(VERSIONS, "official"), BUILT)


def test_a_pinned_release_is_marked_by_its_own_digest() -> None:
    pins = Pins("official", "v1.36.3+k3s1", "d" * 64, (), (), ())
    assert mark(pins, BUILT) == {"engine": "official", "version": "v1.36.3+k3s1", "binary": "d" * 64}


def test_a_file_without_pins_is_named(tmp_path: Path) -> None:
    (tmp_path / "versions.yaml").write_text("artifacts: {}\n")
    with pytest.raises(FleetError, match=r"versions\.yaml has no usable pins for standin"):
        read_pins(tmp_path / "versions.yaml", "standin")


def test_the_pins_agree_with_each_other_and_with_the_modules() -> None:
    document = yaml.safe_load(VERSIONS.read_text())
    standin, modules = document["artifacts"]["standin"], assets.path("k3s", "distro", "go.mod").read_text()
    assert standin["version"] == document["standin"]["version"]
    assert document["images"][0]["reference"] == f"retailops.local/till:{document['standin']['till']}"
    for module, version in standin["modules"].items():
        assert f"\t{module} {version}\n" in modules
    minor = standin["version"].split(".")[1]
    replaced = re.findall(r"=> k8s.io/\S+ (\S+)", modules)
    assert replaced
    assert {version.rpartition(".")[0] for version in replaced} == {f"v0.{minor}"}
    assert document["artifacts"]["official"]["version"].split("+")[0] == standin["version"].split("+")[0]
