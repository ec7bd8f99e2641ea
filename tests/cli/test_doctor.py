"""`retailops doctor` of a fleet says where its stacks' state is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from retailops.cli import main
from retailops.model.sample.write import write_sample


def _state(fleet: Path) -> dict[str, object]:
    done = CliRunner().invoke(main, ["--fleet", str(fleet), "doctor", "--output", "json"])
    return {str(item["need"]): item for item in json.loads(done.stdout)}["state of stacks"]


def test_a_folder_stands_in_for_a_bucket(tmp_path: Path) -> None:
    write_sample(tmp_path, 1)
    found = _state(tmp_path)
    assert (found["chosen"], found["stands_in"]) == ("the folder .retailops/stacks", True)


def test_a_bucket_is_named_without_its_parameters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sample(tmp_path, 1)
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(fleet.read_text() + "state: {bucket: 's3://shop/chain?region=eu-1'}\n")
    found = _state(tmp_path)
    assert (found["chosen"], found["stands_in"]) == ("s3://shop/chain", False)
    monkeypatch.setattr("retailops.commands.doctor.find_spec", lambda _name: None)
    found = _state(tmp_path)
    assert (found["chosen"], found["remedy"]) == ("", "pip install 'retailops[s3]'")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("bucket: 's3://AKIDCANARY:canary@shop'", "credentials never stand in it"),
        ("bucket: 's3://shop?secretAccessKey=canary'", "credentials never stand in it"),
        ("bucket: 'https://shop'", "takes the URL of a bucket"),
        ("secretsProvider: 'vault://shop'", "is no secrets provider"),
    ],
)
def test_what_check_says_of_a_wrong_state(tmp_path: Path, line: str, words: str) -> None:
    write_sample(tmp_path, 1)
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(fleet.read_text() + f"state: {{{line}}}\n")
    done = CliRunner().invoke(main, ["--fleet", str(tmp_path), "check"])
    assert done.exit_code == 3
    assert words in done.output
    assert "canary" not in done.output.lower()
