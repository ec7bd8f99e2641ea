"""From a store's design to its stack's configuration, and into its settings file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from test_edge import CONFIG

from retailops import assets
from retailops.cli import main
from retailops.edge.artifacts import Artifacts
from retailops.edge.stack import request
from retailops.errors import FleetError
from retailops.model import Workload, load_design
from retailops.render.stack_config import TILL_IMAGE, edge_stack_config
from retailops.render.stack_settings import merged_settings


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chain") / "fleet"
    made = CliRunner().invoke(main, ["init", str(folder)])
    assert made.exit_code == 0, made.output
    return folder


def store_id(fleet: Path) -> str:
    return sorted(path.stem for path in (fleet / "stores").rglob("*.yaml"))[0]


def test_every_key_that_the_program_needs_and_no_other(fleet: Path) -> None:
    config = edge_stack_config(load_design(fleet, store_id(fleet)))
    assert set(config) - {"edge:room", "edge:workloads"} == {f"edge:{key}" for key in CONFIG}
    assert all(isinstance(value, str) and value for value in config.values())


def test_addresses_are_those_of_the_design(fleet: Path) -> None:
    design = load_design(fleet, store_id(fleet))
    config = edge_stack_config(design)
    assert json.loads(config["edge:tills"]) == [{"node": box.host, "address": str(box.address)} for box in design.tills]
    assert config["edge:posRange"] == str(design.numbers.zone("pos"))
    assert config["edge:store"] == design.id


def test_the_image_is_the_pinned_one() -> None:
    pins = yaml.safe_load(assets.path("k3s", "versions.yaml").read_text())
    assert [item["reference"] for item in pins["images"] if item["name"] == "till"] == [TILL_IMAGE]


def test_salt_secrets_and_other_keys_are_kept() -> None:
    before = b"""encryptionsalt: v1:x:v1:y:z
config:
  edge:token: {secure: v1:a:b}
  edge:deep: {list: [{secure: v1:c:d}]}
  edge:old: gone
  short: gone too
  other:key: 3
"""
    after = yaml.safe_load(merged_settings(before, "edge", {"edge:store": "hz0001"}, "Pulumi.hz0001.yaml"))
    assert after == {
        "encryptionsalt": "v1:x:v1:y:z",
        "config": {
            "edge:token": {"secure": "v1:a:b"},
            "edge:deep": {"list": [{"secure": "v1:c:d"}]},
            "other:key": 3,
            "edge:store": "hz0001",
        },
    }
    once = merged_settings(before, "edge", {}, "x")
    assert merged_settings(once, "edge", {}, "x") == once
    assert yaml.safe_load(merged_settings(before, "private", {}, "x"))["config"]["edge:old"] == "gone"


@pytest.mark.parametrize("text", [b"[1, 2", b"- 1\n", b"config: 3\n", b"\xff\xfe\x00"])
def test_settings_that_are_not_settings_are_refused(text: bytes) -> None:
    with pytest.raises(FleetError) as caught:
        merged_settings(text, "edge", {}, "stacks/edge/Pulumi.x.yaml")
    assert "stacks/edge/Pulumi.x.yaml" in (caught.value.details or "")


def test_a_workload_s_secrets_are_looked_up_by_their_references(fleet: Path, tmp_path: Path) -> None:
    asked: list[str] = []

    class Resolver:
        def file(self, reference: str) -> Path:
            asked.append(reference)
            return tmp_path / str(len(asked))

    design = load_design(fleet, store_id(fleet))
    labels = Workload.model_validate({"id": "labels", "secrets": {"TOKEN": "vault:labels#token"}})
    built = Artifacts(tmp_path, "v1", {}, {"till": TILL_IMAGE})
    made = request(replace(design, workloads=(labels,)), fleet, Resolver(), built, None)
    assert made.secret_config == {"edge:labels.TOKEN": tmp_path / "1"}
    assert asked == ["vault:labels#token"]
    assert "vault:labels#token" in made.config["edge:workloads"]
    assert request(design, fleet, Resolver(), built, None).secret_config == {}
