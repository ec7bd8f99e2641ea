"""The official CLI's driver, as far as it goes without the CLI: what it is given, and what it refuses."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from stack_desk import Desk

from retailops.drivers import pulumi, pulumi_official, pulumi_workspace
from retailops.engine.state.crypto import Crypter
from retailops.errors import GateNotMet, RetailopsError
from retailops.ports import StackTargets


@pytest.fixture
def official(tmp_path: Path) -> pulumi_official.OfficialStacks:
    cli = tmp_path / "pulumi"
    cli.write_text("#!/bin/sh\necho v3.999.0\n")
    cli.chmod(0o755)
    return pulumi_official.OfficialStacks(str(cli), "0.0.1")


def test_it_names_the_cli_that_it_found(official: pulumi_official.OfficialStacks) -> None:
    assert official.engine == "pulumi v3.999.0"


def test_the_cli_is_chosen_wherever_it_is(official: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert official
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pulumi.choose().engine == "pulumi v3.999.0"
    (tmp_path / "pulumi").unlink()
    assert "stand-in" in pulumi.choose().engine


def test_it_refuses_a_stack_of_the_built_in_engine(desk: Desk, official: pulumi_official.OfficialStacks) -> None:
    desk.up('pulumi.export("a", 1)')
    with pytest.raises(RetailopsError, match="last written by the built-in engine"):
        official.up(desk.request, desk.lines.append)


def test_the_project_that_it_gets_holds_no_secret_in_clear(desk: Desk, tmp_path: Path) -> None:
    desk.up('pulumi.export("a", 1)')
    (tmp_path / "word").write_text("canary-word\n")
    desk.secret_config, desk.config = {"proj:word": tmp_path / "word"}, {"proj:count": "3"}
    folder = tmp_path / "work"
    folder.mkdir()
    pulumi_workspace.write_project(folder, desk.request)
    settings = yaml.safe_load((folder / "Pulumi.dev.yaml").read_text())
    assert settings["config"]["proj:count"] == "3"
    crypter = Crypter("correct horse", settings["encryptionsalt"])
    assert crypter.decrypt(settings["config"]["proj:word"]["secure"]) == "canary-word"
    assert settings["encryptionsalt"] in (Path(desk.request.state) / ".pulumi/stacks/proj/dev.json").read_text()
    assert yaml.safe_load((folder / "Pulumi.yaml").read_text())["main"] == str(desk.program)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.glob("Pulumi*"))
    environment = pulumi_workspace.environment(desk.request, "")
    assert "canary" not in str(environment)
    assert environment["PULUMI_BACKEND_URL"].startswith("file://")


def test_policies_look_before_the_cli_is_asked(desk: Desk, official: pulumi_official.OfficialStacks) -> None:
    (desk.program / "Pulumi.yaml").write_text("name: proj\nauthor: retailops\nruntime: python\n")
    desk.write('k8s.core.v1.Namespace("n", metadata={"name": "n"})')
    for verb in (official.preview, official.up):
        with pytest.raises(GateNotMet):
            verb(desk.request, desk.lines.append)


def test_targets_reach_the_cli_as_urns_and_wildcards(desk: Desk) -> None:
    urn = "urn:pulumi:dev::proj::kubernetes:core/v1:Namespace::shop"
    aim = StackTargets((urn, "shop", "kubernetes:core/v1:Namespace::shop", "**shop"), dependents=True, replace=("x",))
    request = replace(desk.request, targets=aim, refresh=True)
    names = [
        urn,
        "**::shop",
        "**::kubernetes:core/v1:Namespace::shop",
        "**$kubernetes:core/v1:Namespace::shop",
        "**shop",
    ]
    some = {"target": names, "target_dependents": True}
    assert pulumi_official._options(request, "up") == {**some, "refresh": True, "replace": ["**::x"]}
    assert pulumi_official._options(request, "destroy") == some
    assert pulumi_official._options(desk.request, "up") == {}
