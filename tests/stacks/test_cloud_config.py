"""`cloud config STORE|CLOUD`: the folder runs on the built-in engine as it stands, keeps what people wrote, and says what differs.

The official CLI is not on this machine: these files were never run by it.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from fake_apiserver import Cluster
from fake_pulumi import calls, install
from s3_server import Rig
from stack_desk import Desk

from retailops.cli import main
from retailops.cloud.catalog import wanted
from retailops.drivers import pulumi as driver
from retailops.model.sample.write import write_sample
from retailops.ports import StackRequest

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


@pytest.mark.parametrize("cloud", ["private", "public"])
def test_a_cloud_has_its_folder_too(fleet: Path, cloud: str) -> None:
    folder = fleet / "stacks" / cloud
    folder.mkdir(parents=True)
    kept = {f"{cloud}:token": {"secure": "v1:a:b"}, "kubernetes:context": "centre"}
    settings = {"encryptionsalt": SALT, "config": {**kept, f"{cloud}:gone": "x"}}
    (folder / f"Pulumi.{cloud}.yaml").write_text(yaml.safe_dump(settings))
    made = run(fleet, "config", cloud, "-o", "json")
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["folder"] == f"stacks/{cloud}"
    written = yaml.safe_load((folder / f"Pulumi.{cloud}.yaml").read_text())
    assert written == {"encryptionsalt": SALT, "config": {**kept, **wanted(fleet, cloud, cloud).config}}
    assert yaml.safe_load((folder / "Pulumi.yaml").read_text())["name"] == cloud
    assert run(fleet, "config", cloud, "--check").exit_code == 0


def test_secrets_that_only_retailops_can_look_up_are_named(fleet: Path) -> None:
    path = fleet / "fleet.yaml"
    service = "{id: database, dataClass: personal,"
    assert service in path.read_text()
    path.write_text(path.read_text().replace(service, f"{service} password: 'vault:kv/shop#database',"))
    said = "  pulumi config set --secret private:databasePassword -s private  # what vault:kv/shop#database names"
    assert said in run(fleet, "config", "private").output.splitlines()
    settings = fleet / "stacks/private/Pulumi.private.yaml"
    settings.write_text(settings.read_text() + "  private:databasePassword: {secure: v1:a:b}\n")
    assert "pulumi config set" not in run(fleet, "config", "private").output


def test_a_salt_that_only_the_state_knows_is_the_projects(fleet: Path, desk: Desk) -> None:
    assert run(fleet, "config", "hz0001").exit_code == 0
    assert "encryptionsalt" not in (fleet / "stacks/edge/Pulumi.hz0001.yaml").read_text()
    passphrase = desk.folder / "passphrase"
    state = str(fleet / ".retailops/stacks")
    asked = StackRequest(fleet / "stacks/edge", "hz0001", {}, state, passphrase, desk.kubeconfig)
    desk.stacks.up(asked, desk.lines.append)
    checkpoint = json.loads((fleet / ".retailops/stacks/.pulumi/stacks/edge/hz0001.json").read_text())
    salt = checkpoint["checkpoint"]["latest"]["secrets_providers"]["state"]["salt"]
    for store in ("hz0001", "bj0001"):
        assert run(fleet, "config", store).exit_code == 0
        assert yaml.safe_load((fleet / f"stacks/edge/Pulumi.{store}.yaml").read_text())["encryptionsalt"] == salt


def test_with_a_bucket_and_a_kms_no_passphrase_is_asked_for(fleet: Path, rig: Rig) -> None:
    text = (fleet / "fleet.yaml").read_text()
    keeper = "awskms://alias/shop?region=eu-1"
    (fleet / "fleet.yaml").write_text(text + f"state: {{bucket: '{rig.url}', secretsProvider: '{keeper}'}}\n")
    made = run(fleet, "config", "public")
    assert made.exit_code == 0, made.output
    assert made.output.splitlines()[-3:] == ["Then:", "  cd stacks/public", "  pulumi preview -s public"]
    settings = fleet / "stacks/public/Pulumi.public.yaml"
    assert yaml.safe_load(settings.read_text())["secretsprovider"] == keeper
    assert yaml.safe_load((fleet / "stacks/public/Pulumi.yaml").read_text())["backend"] == {"url": rig.url}
    salted = settings.with_name("Pulumi.public.yaml.old")
    salted.write_text(settings.read_text())
    settings.write_text(f"encryptionsalt: {SALT}\nconfig: {{public:token: {{secure: v1:a:b}}}}\n")
    assert run(fleet, "config", "public").exit_code == 0
    assert yaml.safe_load(settings.read_text())["encryptionsalt"] == SALT
    assert "secretsprovider" not in settings.read_text()
    salted.rename(settings)
    settings.write_text(settings.read_text() + "encryptedkey: of-the-cli\n")
    assert run(fleet, "config", "public").exit_code == 0
    assert yaml.safe_load(settings.read_text())["encryptedkey"] == "of-the-cli"


def test_a_bare_pulumi_finds_there_what_it_needs(fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(fleet, "config", "public").exit_code == 0
    install(tmp_path)
    monkeypatch.setenv("FAKE_PULUMI", str(tmp_path))
    subprocess.run([tmp_path / "pulumi", "preview", "-s", "public"], cwd=fleet / "stacks/public", check=True)
    (call,) = calls(tmp_path)
    project = yaml.safe_load(call["files"]["Pulumi.yaml"][1])
    assert (project["name"], project["runtime"]) == ("public", {"name": "python"})
    assert (
        fleet / "stacks/public" / project["backend"]["url"].removeprefix("file://")
    ).resolve() == fleet / ".retailops/stacks"
    config = yaml.safe_load(call["files"]["Pulumi.public.yaml"][1])["config"]
    assert config == dict(wanted(fleet, "public", "public").config)
    assert "public_cloud" in call["files"]["__main__.py"][1] or "region" in call["files"]["__main__.py"][1]
