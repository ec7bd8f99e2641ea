"""Which commands, environment and files the official driver gives to `pulumi` (a stand-in that writes them down), and no secret in argv."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_pulumi import calls, install
from s3_server import SECRET, Rig
from stack_desk import Desk

from retailops.drivers import pulumi
from retailops.drivers.pulumi_official import OfficialStacks
from retailops.engine.state.checkpoint import magic
from retailops.engine.state.crypto import Crypter, new_salt
from retailops.errors import Locked, RetailopsError, ToolError
from retailops.ports import Adoption, Existing, StackRequest

NAME = "organization/proj/dev"
CANARY = "canary-4711"
KEEPERS = ["awskms://alias/shop?region=eu-1", "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k"]
KEEPERS += ["azurekeyvault://shop.vault.azure.net/keys/k", "hashivault://shop"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    install(folder)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setenv("FAKE_PULUMI", str(folder))
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    return folder


@pytest.fixture
def request_(desk: Desk, tmp_path: Path) -> StackRequest:
    desk.write('pulumi.export("url", "x")')
    (tmp_path / "word").write_text(CANARY + "\n")
    desk.secret_config, desk.config = {"proj:word": tmp_path / "word"}, {"proj:count": "3"}
    return desk.request


def official() -> OfficialStacks:
    chosen = pulumi.choose()
    assert isinstance(chosen, OfficialStacks)
    return chosen


def _argv(here: Path) -> list[list[str]]:
    """With the event log's own file left out."""
    found = []
    for call in calls(here):
        words = list(call["argv"])
        if "--event-log" in words:
            at = words.index("--event-log")
            del words[at : at + 2]
        found.append(words)
    return found


def _settings(call: dict[str, Any]) -> dict[str, Any]:
    return dict(yaml.safe_load(call["files"]["Pulumi.dev.yaml"][1]))


def _no_canary_outside_of_stdin(here: Path, lines: list[str]) -> None:
    for call in calls(here):
        assert CANARY not in json.dumps({**call, "stdin": ""})
    assert CANARY not in "\n".join(lines)


EXEC = ["--exec-kind", "auto.local"]
VERBS: dict[str, list[list[str]]] = {
    "preview": [["preview", "--color", "never", *EXEC, "--stack", NAME]],
    "up": [
        ["up", "--yes", "--skip-preview", "--color", "never", *EXEC, "--stack", NAME],
        ["stack", "output", "--json", "--stack", NAME],
        ["stack", "output", "--json", "--show-secrets", "--stack", NAME],
        ["stack", "history", "--json", "--page-size", "1", "--page", "1", "--stack", NAME],
        ["stack", "output", "--json", "--stack", NAME],
        ["stack", "output", "--json", "--show-secrets", "--stack", NAME],
    ],
    "refresh": [["refresh", "--skip-preview", "--yes", "--color", "never", *EXEC, "--stack", NAME]],
    "destroy": [["destroy", "--skip-preview", "--yes", "--color", "never", *EXEC, "--stack", NAME]],
}


@pytest.mark.parametrize("verb", VERBS)
def test_the_commands(here: Path, desk: Desk, request_: StackRequest, verb: str) -> None:
    result = getattr(official(), verb)(request_, desk.lines.append)
    made = _argv(here)
    assert made[:2] == [["stack", "select", "--stack", NAME], ["stack", "init", NAME]]
    assert made[2] == VERBS[verb][0]
    assert [step.op for step in result.steps] == ["delete" if verb == "destroy" else "create"]
    assert result.engine == "pulumi v3.200.0"
    assert result.outputs == ({} if verb == "preview" else {"url": "http://x", "word": "[secret]"})
    _no_canary_outside_of_stdin(here, desk.lines)


def test_an_up_asks_for_no_secret_of_the_history(here: Path, desk: Desk, request_: StackRequest) -> None:
    official().up(request_, desk.lines.append)
    assert _argv(here)[2:] == VERBS["up"]


def test_a_stack_that_is_there_is_not_made(here: Path, desk: Desk, request_: StackRequest) -> None:
    (here / "stacks").write_text(NAME)
    official().preview(replace(request_, refresh=True), desk.lines.append)
    assert _argv(here) == [
        ["stack", "select", "--stack", NAME],
        ["preview", "--color", "never", "--refresh", *EXEC, "--stack", NAME],
    ]


def test_the_environment_and_the_files(here: Path, desk: Desk, request_: StackRequest) -> None:
    official().preview(request_, desk.lines.append)
    call = calls(here)[-1]
    assert call["env"]["PULUMI_BACKEND_URL"] == (desk.folder / "state").as_uri()
    assert call["env"]["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(desk.folder / "passphrase")
    assert call["env"]["PULUMI_SKIP_UPDATE_CHECK"] == "true"
    assert call["env"]["KUBECONFIG"] == str(desk.kubeconfig)
    assert call["env"]["PATH"].startswith(f"{Path(sys.executable).parent}:")
    assert {name: mode for name, (mode, _) in call["files"].items()} == {
        "Pulumi.yaml": "0o600",
        "Pulumi.dev.yaml": "0o600",
    }
    project = yaml.safe_load(call["files"]["Pulumi.yaml"][1])
    assert project == {"name": "proj", "runtime": {"name": "python", "options": {}}, "main": str(desk.program)}
    settings = _settings(call)
    crypter = Crypter("correct horse", settings["encryptionsalt"])
    assert settings["config"]["proj:count"] == "3"
    assert crypter.decrypt(settings["config"]["proj:word"]["secure"]) == CANARY
    assert not (desk.program / "Pulumi.dev.yaml").exists()


def test_a_passphrase_of_the_environment_would_win_and_is_refused(
    here: Path, desk: Desk, request_: StackRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    with pytest.raises(RetailopsError, match="PULUMI_CONFIG_PASSPHRASE is set"):
        official().up(request_, desk.lines.append)
    assert calls(here) == []


@pytest.mark.parametrize("keeper", KEEPERS)
def test_a_secrets_provider_of_the_fleet(here: Path, desk: Desk, request_: StackRequest, keeper: str) -> None:
    official().up(replace(request_, secrets_provider=keeper), desk.lines.append)
    made = calls(here)
    assert _argv(here)[:3] == [
        ["stack", "select", "--stack", NAME],
        ["stack", "init", NAME, "--secrets-provider", keeper],
        ["config", "set", "--secret", "proj:word", "--stack", NAME],
    ]
    assert made[2]["stdin"] == CANARY
    assert _settings(made[0]) == {"secretsprovider": keeper, "config": {"proj:count": "3"}}
    assert _settings(made[2])["encryptedkey"] == "made-by-the-cli"
    assert not any("PULUMI_CONFIG_PASSPHRASE_FILE" in call["env"] for call in made)
    _no_canary_outside_of_stdin(here, desk.lines)


def test_a_stack_that_a_passphrase_keeps_stays_with_it(here: Path, desk: Desk, request_: StackRequest) -> None:
    (here / "stacks").write_text(NAME)
    salt = new_salt("correct horse")
    _state(desk, {"type": "passphrase", "state": {"salt": salt}})
    official().preview(replace(request_, secrets_provider=KEEPERS[0]), desk.lines.append)
    assert _settings(calls(here)[0])["encryptionsalt"] == salt
    assert "secretsprovider" not in _settings(calls(here)[0])
    assert calls(here)[0]["env"]["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(desk.folder / "passphrase")


def test_a_data_key_comes_from_the_settings_or_the_state(here: Path, desk: Desk, request_: StackRequest) -> None:
    (here / "stacks").write_text(NAME)
    keeper = KEEPERS[0]
    _state(desk, {"type": "cloud", "state": {"url": keeper, "encryptedkey": "of-the-state"}})
    official().preview(request_, desk.lines.append)
    assert _settings(calls(here)[0])["secretsprovider"] == keeper
    assert _settings(calls(here)[0])["encryptedkey"] == "of-the-state"
    (desk.program / "Pulumi.dev.yaml").write_text(
        f"secretsprovider: {keeper}\nencryptedkey: of-the-settings\nconfig: {{proj:other: {{secure: v1:a:b}}, proj:count: 1}}\n"
    )
    official().refresh(request_, desk.lines.append)
    assert _settings(calls(here)[-1]) == {
        "secretsprovider": keeper,
        "encryptedkey": "of-the-settings",
        "config": {"proj:count": "3", "proj:other": {"secure": "v1:a:b"}},
    }


def _state(desk: Desk, secrets: dict[str, Any]) -> Path:
    path = desk.folder / "state/.pulumi/stacks/proj/dev.json"
    path.parent.mkdir(parents=True)
    path.with_name("meta").unlink(missing_ok=True)
    (desk.folder / "state/.pulumi/meta.yaml").write_text("version: 1\n")
    latest = {"secrets_providers": secrets, "resources": []}
    path.write_text(json.dumps({"version": 3, "checkpoint": {"stack": NAME, "latest": latest}}))
    return path


def _of_settings(desk: Desk) -> None:
    (desk.program / "Pulumi.dev.yaml").write_text("secretsprovider: hashivault://shop\nencryptedkey: x\n")


def _of_state(desk: Desk) -> None:
    _state(desk, {"type": "cloud", "state": {"url": "hashivault://shop", "encryptedkey": "x"}})


def _of_fleet(desk: Desk) -> dict[str, str]:  # noqa: ARG001
    return {"secrets_provider": "hashivault://shop"}


@pytest.mark.parametrize("named", [_of_settings, _of_state, _of_fleet])
def test_the_built_in_engine_refuses_a_secrets_provider_by_name(
    desk: Desk, request_: StackRequest, named: Callable[[Desk], dict[str, str] | None]
) -> None:
    asked = replace(request_, **(named(desk) or {}))
    before = sorted(desk.folder.rglob("*"))
    for verb in ("preview", "up", "refresh", "destroy"):
        with pytest.raises(RetailopsError, match="kept by hashivault://shop") as caught:
            getattr(desk.stacks, verb)(asked, desk.lines.append)
        assert "change-secrets-provider passphrase" in str(caught.value.resolution)
    assert [path for path in sorted(desk.folder.rglob("*")) if path not in before] == []


def test_a_bucket_is_handed_over_and_back(here: Path, desk: Desk, request_: StackRequest, rig: Rig) -> None:
    asked = replace(request_, state=rig.url)
    assert desk.stacks.up(asked, desk.lines.append).changes
    with pytest.raises(RetailopsError, match="last written by the built-in engine"):
        official().up(asked, desk.lines.append)
    assert calls(here) == []
    assert desk.stacks.handover(asked, "official")
    assert not desk.stacks.handover(asked, "official")
    assert official().up(asked, desk.lines.append).digest
    for call in calls(here):
        assert call["env"]["PULUMI_BACKEND_URL"] == rig.url
        assert SECRET not in json.dumps([call["argv"], call["files"]])
    with pytest.raises(RetailopsError, match="not by the built-in engine"):
        desk.stacks.up(asked, desk.lines.append)
    assert official().handover(asked, "builtin")
    assert desk.stacks.up(asked, desk.lines.append).changes == 0


def test_a_secrets_provider_stays_with_the_official_cli(desk: Desk, request_: StackRequest) -> None:
    path = _state(desk, {"type": "cloud", "state": {"url": "hashivault://shop", "encryptedkey": "x"}})
    document = json.loads(path.read_text())
    document["checkpoint"]["latest"]["manifest"] = {"version": "v3.200.0", "magic": magic("v3.200.0"), "time": "x"}
    document["checkpoint"]["latest"]["resources"] = [{"urn": "u", "type": "t", "custom": False}]
    path.write_text(json.dumps(document))
    before = path.read_bytes()
    with pytest.raises(RetailopsError, match="kept by hashivault://shop"):
        desk.stacks.handover(request_, "builtin")
    assert path.read_bytes() == before


FAILURES = {
    "error: the stack is currently locked by 1 lock(s).": (Locked, "held by somebody else"),
    "error: incorrect passphrase": (RetailopsError, "wrong passphrase"),
    "error: 503": (ToolError, "pulumi up of stack dev failed"),
}


@pytest.mark.parametrize("words", FAILURES)
@pytest.mark.parametrize("verb", ["stack", "up"])
def test_its_own_words_are_explained(here: Path, desk: Desk, request_: StackRequest, words: str, verb: str) -> None:
    (here / "fail.json").write_text(json.dumps({verb: words}))
    kind, message = FAILURES[words]
    with pytest.raises(kind, match=message):
        official().up(request_, desk.lines.append)


def test_an_import_is_pulumis_own(here: Path, request_: StackRequest, desk: Desk) -> None:
    group = "urn:pulumi:dev::proj::my:index:Group::g"
    provider = "urn:pulumi:dev::proj::pulumi:providers:aws::p"
    things = (Existing("aws:s3:Bucket", "b", "shop-b", group, provider), Existing("aws:s3:Bucket", "c", "shop-c", "b"))
    kept: list[str] = []
    done = official().adopt(
        request_, Adoption(things, protect=False, names={group: "shop"}), desk.lines.append, kept.append
    )
    assert (kept, done.lines) == (["# lines\n"], "# lines\n")
    asked = json.loads((here / "import.json").read_text())
    assert asked["nameTable"] == {"shop": group, "p": provider}
    assert asked["resources"] == [
        {"type": "aws:s3:Bucket", "name": "b", "id": "shop-b", "parent": "shop", "provider": "p"},
        {"type": "aws:s3:Bucket", "name": "c", "id": "shop-c", "parent": "b"},
    ]
    assert "--protect=false" in next(words for words in _argv(here) if words[0] == "import")
    assert not any("--show-secrets" in words for words in _argv(here) if "history" in words)
    _no_canary_outside_of_stdin(here, desk.lines)
