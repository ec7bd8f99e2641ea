"""`cloud config STORE`: the folder runs on the built-in engine as it stands, keeps what people wrote, and says what differs.

The official CLI is not on this machine: these files were never run by it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from fake_apiserver import Cluster
from stack_desk import Desk

from retailops.cli import main
from retailops.cloud.catalog import wanted
from retailops.drivers import pulumi as driver
from retailops.model.sample.write import write_sample

SALT = "v1:AAAAAAAAAAA=:v1:x:y"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    write_sample(tmp_path / "chain", 2)
    return tmp_path / "chain"


def run(fleet: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--fleet", str(fleet), "cloud", *words])


def test_check_write_check(fleet: Path) -> None:
    pending = run(fleet, "config", "hz0001", "--check")
    assert pending.exit_code == 4
    assert not (fleet / "stacks" / "edge").exists()
    made = run(fleet, "config", "hz0001")
    assert made.exit_code == 0, made.output
    assert made.output.splitlines() == [
        "wrote: stacks/edge/Pulumi.yaml",
        "wrote: stacks/edge/__main__.py",
        "wrote: stacks/edge/Pulumi.hz0001.yaml",
        "Then:",
        "  cd stacks/edge",
        f"  export PULUMI_CONFIG_PASSPHRASE_FILE={fleet}/.retailops/keys/stacks",
        "  pulumi preview -s hz0001",
    ]
    assert run(fleet, "config", "hz0001", "--check").exit_code == 0
    assert json.loads(run(fleet, "config", "hz0001", "-o", "json").stdout)["differ"] == []
    assert yaml.safe_load((fleet / "stacks/edge/Pulumi.yaml").read_text())["backend"] == {
        "url": "file://../../.retailops/stacks"
    }
    assert not list((fleet / "stacks/edge").glob(".*"))


def test_secrets_stay_and_the_project_has_one_salt(fleet: Path) -> None:
    folder = fleet / "stacks" / "edge"
    folder.mkdir(parents=True)
    kept = {"secure": "v1:a:b"}
    settings = {"encryptionsalt": SALT, "config": {"edge:token": kept, "edge:store": "old", "other:key": "3"}}
    (folder / "Pulumi.hz0001.yaml").write_text(yaml.safe_dump(settings))
    for store in ("hz0001", "bj0001"):
        assert run(fleet, "config", store).exit_code == 0
    first, second = (yaml.safe_load((folder / f"Pulumi.{store}.yaml").read_text()) for store in ("hz0001", "bj0001"))
    assert first["encryptionsalt"] == second["encryptionsalt"] == SALT
    plain = dict(wanted(fleet, "edge", "hz0001").config)
    assert first["config"] == {"edge:token": kept, "other:key": "3", **plain}


def test_two_salts_in_one_project_are_refused(fleet: Path) -> None:
    folder = fleet / "stacks" / "edge"
    folder.mkdir(parents=True)
    for store, salt in (("hz0001", SALT), ("bj0001", SALT + "z")):
        (folder / f"Pulumi.{store}.yaml").write_text(f"encryptionsalt: {salt}\n")
    refused = run(fleet, "config", "hz0001")
    assert refused.exit_code == 3
    assert "more than one salt" in refused.stderr
    assert not (folder / "Pulumi.yaml").exists()


@pytest.mark.parametrize(("store", "code"), [("hz9999", 3), ("../x", 3)])
def test_no_such_store(fleet: Path, store: str, code: int) -> None:
    assert run(fleet, "config", store).exit_code == code
    assert not (fleet / "stacks" / "edge").exists()


def test_the_folder_runs_as_it_stands(
    fleet: Path, desk: Desk, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver.shutil, "which", lambda _name: None)
    assert run(fleet, "config", "hz0001").exit_code == 0
    # One store, not the fleet: the program asks for no other file of the repository.
    (fleet / "stores" / "north" / "bj0001.yaml").write_text("broken: [")
    where = ["--program", str(fleet / "stacks/edge"), "--stack", "hz0001", "--state", str(desk.folder / "state")]
    where += ["--passphrase-file", str(desk.folder / "passphrase"), "--kubeconfig", str(desk.kubeconfig)]
    shown = CliRunner().invoke(main, ["cloud", "preview", *where])
    assert shown.exit_code == 0, shown.output
    assert "+ create   kubernetes:apps/v1:Deployment till" in shown.output
    assert cluster.log == []
